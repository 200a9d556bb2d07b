import type { Clock } from '../../src/kernel/clock.ts'

/** Resolves with the work, or after `limitMs` when that is earlier. The work goes on. */
export function within(work: Promise<void>, limitMs: number, clock: Clock): Promise<void> {
  return new Promise((resolve, reject) => {
    const cancel = clock.after(limitMs, resolve)
    work.then(resolve, reject).finally(cancel)
  })
}
