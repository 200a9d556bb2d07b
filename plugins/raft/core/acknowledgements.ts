import { advanceCommit } from './commit.ts'
import { forgetLeavers } from './followers.ts'
import type { AppendReply, Echo } from './messages.ts'
import type { Progress } from './progress.ts'
import { onRoundConfirmed } from './read-index.ts'
import type { CoreState } from './state.ts'
import { continueTransfer } from './transfer.ts'

/** @returns why it answers nothing that was asked, if so; then nothing changed */
export function onAppendReply(state: CoreState, message: AppendReply): string | undefined {
  if (message.term > state.term) return void state.follow(message.term, undefined)
  const follower = state.followers.get(message.from)
  if (state.role !== 'leader' || message.term !== state.term || follower === undefined) return
  const { prevIndex, upTo } = message.echo
  if (message.success && upTo > state.log.lastIndex) {
    return `${message.from} acknowledged entry ${upTo}, but the log ends at ${state.log.lastIndex}`
  }
  heard(state, follower, message.echo)
  if (!message.success) {
    if (contradictsItself(follower, message)) {
      state.events.push({
        kind: 'logLost',
        peer: message.from,
        stored: follower.matchIndex,
        lastIndex: message.lastIndex,
      })
      follower.lostLog()
    }
    // An answer to a request from before we knew better says nothing new.
    const stale =
      prevIndex <= follower.matchIndex || (follower.mode === 'probe' && prevIndex !== follower.nextIndex - 1)
    if (!stale && follower.mode !== 'snapshot') follower.rejected(nextAfter(state, message))
  } else if (upTo > 0) {
    if (follower.mode !== 'snapshot') follower.accepted(upTo, message.echo.sentAtMs)
    advanceCommit(state)
    continueTransfer(state)
    if (follower.leaving !== undefined) forgetLeavers(state)
  } else if (follower.mode === 'probe' && follower.waitingMs(message.echo.sentAtMs) > 0) {
    // It answers what was sent later, so the probe before it got lost.
    follower.probe(follower.nextIndex)
  }
  return undefined
}

/**
 * Does it lack what it once acknowledged to this leader? Its disk was wiped or set back under its id. Only the answer to
 * the probe under way tells: that one left after the acknowledgement came. A follower that merely fails to store
 * something new refuses too, but has the old entries still.
 */
function contradictsItself(follower: Progress, { echo, lastIndex, conflictTerm }: AppendReply): boolean {
  const lacks = lastIndex < follower.matchIndex || conflictTerm !== undefined
  return lacks && echo.prevIndex === follower.matchIndex && follower.probes(echo)
}

/** Any answer in this term proves that the follower followed when the request left. */
export function heard(state: CoreState, follower: Progress, echo: Echo): void {
  // What was sent before this server led in this term may be refused in it: a refusal promises nothing and confirms no read.
  if (echo.sentAtMs < state.leaderSinceMs) return
  follower.heardAtMs = Math.max(follower.heardAtMs, echo.sentAtMs)
  follower.promisedAtMs = Math.max(follower.promisedAtMs, echo.sentAtMs)
  if (echo.round > follower.round) {
    follower.round = echo.round
    onRoundConfirmed(state)
  }
}

/**
 * Where to go on after a rejection. With the follower's hint whole terms are skipped: to the end of that term in our log
 * if we have it, else to its beginning in the follower's.
 */
function nextAfter(state: CoreState, { echo, lastIndex, conflictTerm, conflictFirst }: AppendReply): number {
  const beyond = Math.min(echo.prevIndex, lastIndex + 1)
  if (conflictTerm === undefined || conflictFirst === undefined) return beyond
  const ours = state.log.lastOfTerm(conflictTerm)
  return Math.min(beyond, ours === undefined ? conflictFirst : ours + 1)
}
