import type { Clock } from '../../src/kernel/clock.ts'
import type { Random } from '../../src/kernel/random.ts'
import type { CheckDefinition, Probe, ProbeResult } from './contract.ts'
import { CheckTimeoutError } from './errors.ts'
import { limitOutput } from './output.ts'
import { attemptLimitMs, pauseMs } from './schedule.ts'
import { countAttempt, noStreak } from './threshold.ts'

export interface Running {
  stop(): void
}

/** Runs a check's probe again and again, one attempt at a time, until stopped. `settled` gets what passed the thresholds. */
export function runProbe(
  definition: CheckDefinition,
  probe: Probe,
  clock: Clock,
  random: Random,
  settled: (result: ProbeResult) => void,
): Running {
  const { type, timeoutMs, intervalMs, outputMaxBytes } = definition
  const limitMs = attemptLimitMs(type, timeoutMs, intervalMs)
  const stopped = new AbortController()
  let streak = noStreak
  let cancelPause = clock.after(pauseMs(intervalMs, true, random), next)

  function next(): void {
    void attempt().then((result) => {
      if (stopped.signal.aborted) return
      const counted = countAttempt(streak, result.status, definition)
      streak = counted.streak
      cancelPause = clock.after(pauseMs(intervalMs, false, random), next)
      if (counted.settles) {
        settled(result.bounded ? result : { ...result, output: limitOutput(result.output, outputMaxBytes) })
      }
    })
  }

  /** Never rejects: what a probe throws is what the check found. */
  async function attempt(): Promise<ProbeResult> {
    const over = new AbortController()
    const stop = () => over.abort(stopped.signal.reason)
    stopped.signal.addEventListener('abort', stop, { once: true })
    const cancelLimit = clock.after(limitMs, () => over.abort(new CheckTimeoutError(limitMs)))
    try {
      return await endingWith(over.signal, () => probe(over.signal))
    } catch (error) {
      return { status: 'critical', output: error instanceof Error ? error.message : String(error) }
    } finally {
      cancelLimit()
      stopped.signal.removeEventListener('abort', stop)
    }
  }

  return {
    stop() {
      cancelPause()
      stopped.abort(new Error('the check was removed'))
    },
  }
}

/** Time after the abort in which a probe may still say how far it came. */
const lastWords = 10

/** The probe's own answer; the signal's reason when the probe pays no attention to its signal. */
function endingWith(signal: AbortSignal, work: () => Promise<ProbeResult>): Promise<ProbeResult> {
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => void turns(lastWords).then(() => reject(signal.reason)), { once: true })
    // Inside a promise, so that a probe which throws instead of rejecting is a failed attempt too.
    void Promise.resolve().then(work).then(resolve, reject)
  })
}

async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve))
}
