import type { Clock } from '../../src/kernel/clock.ts'
import type { Consensus } from '../raft/contract.ts'
import { destroyRequest } from './session-request.ts'

/** How often the leader tries to end a session that lapsed, and how long it waits after the first failure. */
const attempts = 6
const firstPauseMs = 10_000

/**
 * Has every server end a session that lapsed. What stands in the way of it (no majority, a full queue) may pass, so the
 * attempt is repeated, after twice the pause each time; the last failure is thrown (protocol/servers.md §14.3).
 */
export async function endLapsed(
  id: string,
  consensus: Consensus,
  datacenter: string,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await consensus.propose('Session', destroyRequest(datacenter, id, ''), signal)
      return
    } catch (error) {
      if (signal.aborted || attempt === attempts) throw error
      await pause(firstPauseMs * 2 ** (attempt - 1), clock, signal)
    }
  }
}

/** Rejects with the signal's reason when it aborts before the time is over. */
function pause(ms: number, clock: Clock, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const aborted = () => {
      cancel()
      reject(signal.reason)
    }
    const cancel = clock.after(ms, () => {
      signal.removeEventListener('abort', aborted)
      resolve()
    })
    signal.addEventListener('abort', aborted, { once: true })
  })
}
