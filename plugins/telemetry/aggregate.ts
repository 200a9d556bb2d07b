import type { MetricLabels } from './contract.ts'

/** Figures are gathered over ten seconds, as in Consul. */
export const intervalMs = 10_000

export type MetricKind = 'gauge' | 'counter' | 'sample'

/** What was heard of one figure. Sums are over an interval, or since the start of the agent. */
export interface Series {
  readonly kind: MetricKind
  readonly name: string
  readonly labels: MetricLabels
  count: number
  sum: number
  sumOfSquares: number
  min: number
  max: number
  last: number
  heardAtMs: number
}

export interface Interval {
  /** Wall clock. */
  readonly startMs: number
  readonly series: ReadonlyMap<string, Series>
}

/** Gathers figures: interval by interval, and in total since the start. Time comes in as an argument, from the wall clock. */
export class Aggregate {
  readonly #total = new Map<string, Series>()
  #current = newInterval(0)
  #previous: Interval | undefined

  add(kind: MetricKind, name: string, value: number, labels: MetricLabels, nowMs: number): void {
    this.#roll(nowMs)
    const key = keyOf(kind, name, labels)
    for (const all of [this.#current.series, this.#total]) {
      const held = all.get(key)
      if (held === undefined) all.set(key, firstOf(kind, name, labels, value, nowMs))
      else note(held, value, nowMs)
    }
  }

  /** The last interval that is over; the one under way in the first ten seconds, and after a pause. */
  latest(nowMs: number): Interval {
    this.#roll(nowMs)
    return this.#previous ?? this.#current
  }

  /** Everything that was heard of within the last `retentionMs`, in total; the rest is forgotten. */
  totals(nowMs: number, retentionMs: number): Series[] {
    for (const [key, { heardAtMs }] of this.#total) if (nowMs - heardAtMs > retentionMs) this.#total.delete(key)
    return inOrder(this.#total)
  }

  #roll(nowMs: number): void {
    const startMs = nowMs - (nowMs % intervalMs)
    if (startMs === this.#current.startMs) return
    const followed = startMs === this.#current.startMs + intervalMs && this.#current.series.size > 0
    this.#previous = followed ? this.#current : undefined
    this.#current = newInterval(startMs)
  }
}

/** Sorted by name, then labels. */
export function inOrder(series: ReadonlyMap<string, Series>): Series[] {
  return [...series].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, each]) => each)
}

function newInterval(startMs: number) {
  return { startMs, series: new Map<string, Series>() }
}

function keyOf(kind: MetricKind, name: string, labels: MetricLabels): string {
  const pairs = Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1))
  return JSON.stringify([name, pairs, kind])
}

function firstOf(kind: MetricKind, name: string, labels: MetricLabels, value: number, nowMs: number): Series {
  return {
    kind,
    name,
    labels,
    count: 1,
    sum: value,
    sumOfSquares: value * value,
    min: value,
    max: value,
    last: value,
    heardAtMs: nowMs,
  }
}

function note(series: Series, value: number, nowMs: number): void {
  series.count++
  series.sum += value
  series.sumOfSquares += value * value
  series.min = Math.min(series.min, value)
  series.max = Math.max(series.max, value)
  series.last = value
  series.heardAtMs = nowMs
}
