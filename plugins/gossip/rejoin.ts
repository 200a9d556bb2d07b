import { ProconsulError } from '../../src/kernel/errors.ts'
import type { Logger } from '../../src/kernel/log.ts'
import type { Random } from '../../src/kernel/random.ts'
import type { Endpoint } from './core/messages.ts'
import { parseJoinAddress } from './join-address.ts'

export interface RejoinSetup {
  /** `ip:port` by name, as remembered. */
  readonly alive: ReadonlyMap<string, string>
  readonly meet: (endpoint: Endpoint) => Promise<void>
  readonly random: Random
  readonly log: Logger
}

/**
 * Finds the cluster again after a restart: tries those who were alive before, in random order, until one answers. Whoever
 * comes back like this was never gone, so nobody is told of a join.
 */
export async function rejoin({ alive, meet, random, log }: RejoinSetup, signal: AbortSignal): Promise<void> {
  for (const [member, address] of shuffled([...alive], random)) {
    if (signal.aborted) return
    const { host, port } = parseJoinAddress(address) ?? {}
    if (host === undefined || port === undefined) continue
    log.info('serf: Attempting re-join to previously known node', { member, address })
    try {
      await meet({ address: host, port })
      log.info('serf: Re-joined to previously known node', { member, address })
      return
    } catch (error) {
      if (!(error instanceof ProconsulError)) throw error
      log.debug('serf: a previously known node cannot be reached', { member, address, error: error.message })
    }
  }
  if (alive.size > 0) log.warn('serf: Failed to re-join any previously known node')
}

function shuffled<T>(items: T[], random: Random): T[] {
  for (let at = items.length - 1; at > 0; at--) {
    const other = random.below(at + 1)
    const held = items[at]!
    items[at] = items[other]!
    items[other] = held
  }
  return items
}
