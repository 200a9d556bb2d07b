import { type Interval, inOrder, intervalMs, type Series } from './aggregate.ts'
import { fullName, type Naming } from './names.ts'

/** An interval as `/v1/agent/metrics` shows it, in Consul's members. */
export function displayInterval({ startMs, series }: Interval, naming: Naming) {
  const all = inOrder(series)
  const name = (each: Series) => fullName(each, naming)
  return {
    Timestamp: goTime(startMs),
    Gauges: all
      .filter(({ kind }) => kind === 'gauge')
      .map((each) => ({ Name: name(each), Value: each.last, Labels: each.labels })),
    Points: [],
    Counters: all.filter(({ kind }) => kind === 'counter').map((each) => summary(each, name(each))),
    Samples: all.filter(({ kind }) => kind === 'sample').map((each) => summary(each, name(each))),
  }
}

function summary(series: Series, Name: string) {
  const { count, sum, min, max, labels } = series
  const Rate = sum / (intervalMs / 1000)
  return {
    Name,
    Count: count,
    Rate,
    Sum: sum,
    Min: min,
    Max: max,
    Mean: sum / count,
    Stddev: deviation(series),
    Labels: labels,
  }
}

/** Of a sample, not of a population: 0 for a single value. */
function deviation({ count, sum, sumOfSquares }: Series): number {
  if (count < 2) return 0
  return Math.sqrt(Math.max(0, count * sumOfSquares - sum * sum) / (count * (count - 1)))
}

/** As Go prints a time in UTC. */
function goTime(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19).replace('T', ' ')} +0000 UTC`
}
