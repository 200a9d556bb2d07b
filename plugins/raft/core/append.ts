import { decodeConfiguration } from './configuration.ts'
import { contradictionOf } from './contradiction.ts'
import { type AppendReply, type AppendRequest, entryType } from './messages.ts'
import type { CoreState } from './state.ts'

/**
 * A follower stores what the leader sends, and answers once that is durable (Raft paper §5.3).
 *
 * @returns why it is no message of a leader, if it is none; then nothing changed
 */
export function onAppend(state: CoreState, message: AppendRequest): string | undefined {
  const { log } = state
  const reply = (success: boolean, lastIndex: number, hint: Pick<AppendReply, 'conflictTerm' | 'conflictFirst'> = {}) =>
    state.messages.push({
      type: 'appendReply',
      from: state.config.id,
      to: message.from,
      term: state.term,
      success,
      lastIndex,
      ...hint,
      echo: message.echo,
    })
  if (message.term < state.term) return void reply(false, log.lastIndex)
  const contradiction = contradictionOf(state, message)
  if (contradiction !== undefined) return contradiction
  state.follow(message.term, message.from)
  state.heardLeader(message.leaseMs)

  const { prevIndex, prevTerm, entries } = message
  const lastIndex = log.lastIndex
  if (prevIndex > lastIndex) return void reply(false, lastIndex)
  // What is committed agrees with every later leader, so it need not be looked up (it may be compacted away).
  const termThere = log.termAt(prevIndex)
  if (prevIndex > state.commitIndex && termThere !== prevTerm) {
    const conflictTerm = termThere!
    return void reply(false, lastIndex, { conflictTerm, conflictFirst: log.startOfTermAt(prevIndex) })
  }
  for (const entry of entries) {
    if (entry.index <= state.commitIndex) continue
    if (entry.index <= log.lastIndex) {
      if (log.termAt(entry.index) === entry.term) continue
      state.truncateFrom(entry.index)
    }
    state.append(entry, entry.type === entryType.configuration ? decodeConfiguration(entry.data!) : undefined)
  }
  // Only up to what this message vouches for: entries of ours behind it may be others than the leader's.
  const vouched = prevIndex + entries.length
  state.commitIndex = Math.max(state.commitIndex, Math.min(message.commitIndex, vouched))
  reply(true, lastIndex)
}
