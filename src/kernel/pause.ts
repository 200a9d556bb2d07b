import type { Clock } from './clock.ts'

/** Resolves after a while, or as soon as one of the signals aborts. */
export function pause(
  clock: Clock,
  durationMs: number,
  ...signals: readonly (AbortSignal | undefined)[]
): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      cancel()
      for (const signal of signals) signal?.removeEventListener('abort', end)
      resolve()
    }
    const cancel = clock.after(durationMs, end)
    for (const signal of signals) {
      if (signal?.aborted) return end()
      signal?.addEventListener('abort', end, { once: true })
    }
  })
}
