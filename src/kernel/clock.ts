/** Source of time for everything that is not a pure function of its arguments. Tests supply a virtual one. */
export interface Clock {
  /** Milliseconds since 1970-01-01 UTC. May jump when an operator sets the machine's time. */
  wallMs(): number
  /** Milliseconds since an arbitrary moment, never running backwards. The one to measure durations with. */
  monotonicMs(): number
  /** Calls `run` once after `delayMs`. The returned function cancels it and may be called at any time. */
  after(delayMs: number, run: () => void): () => void
}

/** Timers longer than this overflow in Node (2^31 - 1 ms, 24.8 days), which would fire at once. */
const longestTimerMs = 2 ** 31 - 1

export const systemClock: Clock = {
  wallMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  after(delayMs, run) {
    const timer = setTimeout(run, Math.min(Math.max(0, delayMs), longestTimerMs))
    return () => clearTimeout(timer)
  },
}
