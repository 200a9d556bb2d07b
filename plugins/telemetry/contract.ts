export type MetricLabels = Readonly<Record<string, string>>

/**
 * Figures of this agent. Names are dotted and without the prefix (`raft.apply`); Consul's own where Consul has the figure,
 * else below `proconsul`.
 */
export interface Metrics {
  /** What is so now; the last one set in an interval counts. */
  gauge(name: string, value: number, labels?: MetricLabels): void
  /** That something happened, `by` times. */
  count(name: string, by?: number, labels?: MetricLabels): void
  /** One measurement of many; durations in milliseconds. */
  sample(name: string, value: number, labels?: MetricLabels): void
  /** Has `read` called every few seconds, to set gauges that are cheap to read and change too often to be told. */
  collect(read: () => void): void
}

declare module '../../src/kernel/services.ts' {
  interface Services {
    metrics: Metrics
  }
}
