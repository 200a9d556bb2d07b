import type { Clock } from '../../src/kernel/clock.ts'
import { Aggregate, type Interval, type MetricKind, type Series } from './aggregate.ts'
import type { MetricLabels, Metrics } from './contract.ts'

/** How often gauges are read when nobody asks for them: at least once in every interval. */
export const collectIntervalMs = 5_000

const noLabels: MetricLabels = Object.freeze({})

/** The service other plugins tell their figures to, and what endpoints read. */
export class MetricRegistry implements Metrics {
  readonly #clock: Clock
  readonly #aggregate = new Aggregate()
  readonly #readers: (() => void)[] = []

  constructor(clock: Clock) {
    this.#clock = clock
  }

  gauge(name: string, value: number, labels?: MetricLabels): void {
    this.#add('gauge', name, value, labels)
  }

  count(name: string, by = 1, labels?: MetricLabels): void {
    this.#add('counter', name, by, labels)
  }

  sample(name: string, value: number, labels?: MetricLabels): void {
    this.#add('sample', name, value, labels)
  }

  collect(read: () => void): void {
    this.#readers.push(read)
  }

  readGauges(): void {
    for (const read of this.#readers) read()
  }

  interval(): Interval {
    return this.#aggregate.latest(this.#clock.wallMs())
  }

  totals(retentionMs: number): Series[] {
    return this.#aggregate.totals(this.#clock.wallMs(), retentionMs)
  }

  #add(kind: MetricKind, name: string, value: number, labels: MetricLabels = noLabels): void {
    this.#aggregate.add(kind, name, value, labels, this.#clock.wallMs())
  }
}
