import type { Progress } from './progress.ts'
import { majorityOf } from './quorum.ts'
import type { CoreState } from './state.ts'

/**
 * Decides for whose answers commits wait: with the leader they are just a majority, and they are those that store most of its log.
 * They are sent every entry at once. The others take part in no commit while these answer; they are sent what has gathered
 * together, which costs them, and the leader, fewer messages and fewer writes to disk.
 *
 * Another takes the place of one that is behind it by more than a message can carry: as those others hear of entries in larger
 * portions, they are ahead for a moment now and then, which is no reason to change.
 */
export function chooseAwaited(state: CoreState): void {
  const { followers, config } = state
  if (followers.size === 0) return
  const ranked: Progress[] = []
  const { voters } = state
  for (const follower of followers.values()) {
    if (voters.includes(follower.id)) ranked.push(follower)
    else follower.isAwaited = false
  }
  const place = ({ matchIndex, isAwaited }: Progress) => matchIndex + (isAwaited ? config.entriesPerMessageMax : 0)
  ranked.sort((a, b) => place(b) - place(a))
  const wanted = majorityOf(voters.length) - (state.isVoter ? 1 : 0)
  for (const [at, follower] of ranked.entries()) follower.isAwaited = at < wanted
}
