import type { Message } from '../../plugins/raft/core/messages.ts'
import type { CoreEvent } from '../../plugins/raft/core/state.ts'

/** What a trace says of events and messages. */

/** An event of the core in words. */
export function describe(event: CoreEvent): string {
  if (event.kind === 'role')
    return `${event.role} in term ${event.term}${event.leader ? `, leader ${event.leader}` : ''}`
  const { kind, ...facts } = event
  return `${kind} ${Object.entries(facts)
    .map(([name, value]) => `${name}=${value}`)
    .join(' ')}`
}

/** A message in words. */
export function shown(message: Message): string {
  const { type, from, term } = message
  switch (message.type) {
    case 'append': {
      const { prevIndex, prevTerm, entries, commitIndex } = message
      if (prevIndex === 0 && entries.length === 0) return `heartbeat from ${from}, term ${term}`
      const last = entries.at(-1)
      const range = last ? `${entries[0]!.index}–${last.index} (terms ${entries[0]!.term}–${last.term})` : 'nothing'
      return `append from ${from}, term ${term}: ${range} behind ${prevIndex}/${prevTerm}, commit ${commitIndex}`
    }
    case 'appendReply':
      return `appendReply from ${from}, term ${term}: ${message.success ? 'ok' : 'no'} up to ${message.echo.upTo}, last ${message.lastIndex}`
    case 'vote':
    case 'preVote':
      return `${type} from ${from} for term ${term}: log ends ${message.lastIndex}/${message.lastTerm}${message.transfer ? ', transfer' : ''}`
    case 'voteReply':
    case 'preVoteReply':
      return `${type} from ${from}, term ${term}: ${message.granted ? 'granted' : 'refused'}`
    case 'install':
      return `install from ${from}, term ${term}: snapshot ${message.snapshot.index}/${message.snapshot.term}`
    default:
      return `${type} from ${from}, term ${term}`
  }
}
