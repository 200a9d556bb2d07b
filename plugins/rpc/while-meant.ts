import type { Clock } from '../../src/kernel/clock.ts'
import { CallLostError } from '../../src/rpc/errors.ts'
import type { LeaderNews } from './leader-news.ts'

export interface WhileMeantSetup {
  readonly news: LeaderNews
  readonly clock: Clock
  /** The caller's own. */
  readonly signal: AbortSignal
  /** Whether the server that has the call is still the one to ask. */
  readonly isMeant: () => boolean
  /** How long an answer is awaited from one that is not. */
  readonly graceMs: number
}

/**
 * Runs a call for as long as its server is the one to ask. A server that hangs keeps its connections open, and without this
 * its callers would hang with it, although the others have long chosen a new leader.
 */
export async function whileMeant<Result>(
  { news, clock, signal, isMeant, graceMs }: WhileMeantSetup,
  call: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const abort = new AbortController()
  const onAbort = () => abort.abort(signal.reason)
  let cancelGrace: (() => void) | undefined
  const look = () => {
    stopListening = news.listen(look)
    if (isMeant()) {
      cancelGrace?.()
      cancelGrace = undefined
    } else {
      cancelGrace ??= clock.after(graceMs, () =>
        abort.abort(new CallLostError('the server asked is no longer the one')),
      )
    }
  }
  let stopListening = news.listen(look)
  signal.addEventListener('abort', onAbort)
  try {
    return await call(abort.signal)
  } finally {
    stopListening()
    cancelGrace?.()
    signal.removeEventListener('abort', onAbort)
  }
}
