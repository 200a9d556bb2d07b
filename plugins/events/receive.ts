import { ProconsulError } from '../../src/kernel/errors.ts'
import type { Logger } from '../../src/kernel/log.ts'
import type { UserEvent as GossipEvent } from '../gossip/contract.ts'
import { decodeEvent, eventPrefix, knownVersion } from './event-record.ts'
import { isFor, type Receiver } from './filters.ts'
import type { UserEvent } from './user-event.ts'

/** By this event agents of Consul run commands for others, where the operator allows it. Nothing here does. */
const remoteExecution = '_rexec'

/**
 * What this agent makes of an event that gossip brings: the event, or undefined when it is none of ours, not for this
 * agent, or not to be understood, which is logged.
 */
export function receive(told: GossipEvent, receiver: () => Receiver, log: Logger): UserEvent | undefined {
  if (!told.name.startsWith(eventPrefix)) return undefined
  try {
    const event = decodeEvent(told.payload, told.lTime)
    if (event.Version > knownVersion) {
      log.warn('Event version may have unsupported features', { version: event.Version, event: event.Name })
    }
    if (!isFor(event, receiver())) return undefined
    if (event.Name === remoteExecution) {
      log.info('ignoring remote exec event, disabled', { event_id: event.ID })
      return undefined
    }
    log.debug('new event', { event_name: event.Name, event_id: event.ID })
    return event
  } catch (error) {
    if (!(error instanceof ProconsulError)) throw error
    log.error('Failed to read an event', { name: told.name, error: error.message })
    return undefined
  }
}
