import type { Clock } from '../../src/kernel/clock.ts'
import { ProconsulError } from '../../src/kernel/errors.ts'
import type { Logger } from '../../src/kernel/log.ts'
import { pause } from '../../src/kernel/pause.ts'
import type { Pool } from './contract.ts'

/** `retry_max` attempts have failed; the agent stops. Consul's text. */
export class RetryJoinExhaustedError extends ProconsulError {
  override readonly code = 'retry_join_exhausted'

  constructor(pool: Pool) {
    super(`agent: max join ${pool.toUpperCase()} retry exhausted, exiting`)
  }
}

export interface RetryJoinSetup {
  readonly pool: Pool
  readonly addresses: readonly string[]
  readonly intervalMs: number
  /** Attempts after the first; 0 never gives up. */
  readonly retriesMax: number
  readonly join: (addresses: readonly string[]) => Promise<number>
  readonly clock: Clock
  readonly log: Logger
}

/**
 * Joins as soon as one of the addresses can be reached, however long that takes. Resolves then, or when `signal` aborts.
 *
 * @throws RetryJoinExhaustedError
 */
export async function retryJoin(setup: RetryJoinSetup, signal: AbortSignal): Promise<void> {
  const { pool, addresses, intervalMs, retriesMax, join, clock, log } = setup
  const cluster = pool.toUpperCase()
  log.info('Joining cluster...', { cluster })
  for (let attempt = 1; !signal.aborted; attempt++) {
    try {
      const agents = await join(addresses)
      log.info('Join cluster completed. Synced with initial agents', { cluster, num_agents: agents })
      return
    } catch (error) {
      if (signal.aborted) return
      if (!(error instanceof ProconsulError)) throw error
      if (retriesMax > 0 && attempt > retriesMax) throw new RetryJoinExhaustedError(pool)
      log.warn('Join cluster failed, will retry', {
        cluster,
        retry_interval: `${intervalMs / 1000}s`,
        error: error.message,
      })
    }
    await pause(clock, intervalMs, signal)
  }
}
