import { pause } from '../kernel/pause.ts'
import type { ConsulClient } from './client.ts'

export interface LockWatch {
  /** Aborts when what is watched is held no more. */
  readonly lost: AbortSignal
  stop(): void
}

/** Between attempts of a read that failed. */
const retryMs = 1_000

/**
 * Follows whether something is still held, by reads that wait for a change. Lost with the first read that says so, with
 * the session, or when more than `retries` reads in a row fail.
 */
export function monitored(
  client: ConsulClient,
  retries: number,
  sessionLost: AbortSignal,
  read: (index: number, signal: AbortSignal) => Promise<{ readonly held: boolean; readonly index: number }>,
): LockWatch {
  const lost = new AbortController()
  const stopped = new AbortController()
  const lose = (reason: unknown) => {
    stopped.abort()
    lost.abort(reason)
  }
  const onSessionLost = () => lose(sessionLost.reason)
  if (sessionLost.aborted) onSessionLost()
  else sessionLost.addEventListener('abort', onSessionLost, { once: true })

  const follow = async () => {
    let index = 0
    let failures = 0
    while (!stopped.signal.aborted) {
      try {
        const answer = await read(index, stopped.signal)
        if (stopped.signal.aborted) return
        if (!answer.held) return lose(new Error('somebody else holds it, or nobody'))
        index = answer.index
        failures = 0
      } catch (error) {
        if (stopped.signal.aborted) return
        if (++failures > retries) return lose(error)
        await pause(client.clock, retryMs, stopped.signal)
      }
    }
  }
  void follow()
  return {
    lost: lost.signal,
    stop() {
      sessionLost.removeEventListener('abort', onSessionLost)
      stopped.abort()
    },
  }
}
