import type { RunResult } from './load/run-result.ts'
import type { Finding, Setting, Target } from './measurement.ts'
import { machineCpuSeconds } from './process-usage.ts'
import { interleave, median, type Pair, ratioOf } from './rounds.ts'

/** One round of load on one server, with what it cost the server. */
export interface Throughput extends RunResult {
  readonly perSecond: number
  readonly serverCpuSeconds: number | undefined
  /** CPU time that the machine spent on anything but server and load generator: how far the figure can be trusted. */
  readonly otherCpuSeconds: number | undefined
}

/** A server and the way to put load on it for a time. */
export interface Loaded {
  readonly cpuSeconds: () => number | undefined
  readonly run: (durationMs: number) => Promise<RunResult>
}

/** Warms both up, puts load on them in turn, and makes a finding of what they did. */
export async function compareThroughput(
  { name, title, target }: { name: string; title: string; target: Target },
  bare: Loaded,
  ours: Loaded,
  { rounds, roundMs, warmUpMs, progress }: Setting,
): Promise<Finding> {
  progress(`${title}: warming up`)
  await bare.run(warmUpMs)
  await ours.run(warmUpMs)
  const pairs = await interleave(
    rounds,
    () => once('bare', bare, roundMs, title, progress),
    () => once('ours', ours, roundMs, title, progress),
  )
  return {
    name,
    title,
    ours: { value: median(pairs.map((pair) => pair.ours.perSecond)), unit: '/s' },
    bare: { value: median(pairs.map((pair) => pair.bare.perSecond)), unit: '/s' },
    ratio: ratioOf(pairs, ({ perSecond }) => perSecond),
    target,
    cpuMicros: { ours: cpuMicros(pairs.map((pair) => pair.ours)), bare: cpuMicros(pairs.map((pair) => pair.bare)) },
    notes: notes(pairs),
    rounds: pairs,
  }
}

async function once(
  who: string,
  { cpuSeconds, run }: Loaded,
  durationMs: number,
  title: string,
  progress: (text: string) => void,
): Promise<Throughput> {
  const before = cpuSeconds()
  const machineBefore = machineCpuSeconds()
  const result = await run(durationMs)
  const machineCpu = difference(machineBefore, machineCpuSeconds())
  const serverCpuSeconds = difference(before, cpuSeconds())
  if (result.failed > 0) throw new Error(`${title}: ${who} failed ${result.failed} of ${result.completed} requests`)
  const perSecond = result.completed / result.seconds
  const ownCpu = serverCpuSeconds === undefined ? undefined : serverCpuSeconds + result.loadCpuSeconds
  // Both are counted in hundredths of a second, so the rest may come out below nothing.
  const rest = difference(ownCpu, machineCpu)
  const otherCpuSeconds = rest === undefined ? undefined : Math.max(0, rest)
  progress(`${title}: ${who} ${Math.round(perSecond)}/s`)
  return { ...result, perSecond, serverCpuSeconds, otherCpuSeconds }
}

function difference(before: number | undefined, after: number | undefined): number | undefined {
  return before === undefined || after === undefined ? undefined : after - before
}

function cpuMicros(runs: readonly Throughput[]): number | undefined {
  if (runs.some(({ serverCpuSeconds }) => serverCpuSeconds === undefined)) return undefined
  return median(runs.map(({ serverCpuSeconds, completed }) => (serverCpuSeconds! / completed) * 1e6))
}

function notes(pairs: readonly Pair<Throughput>[]): string[] {
  const middle = (figure: (run: Throughput) => number) =>
    `${median(pairs.map(({ ours }) => figure(ours))).toFixed(2)} (bare ${median(pairs.map(({ bare }) => figure(bare))).toFixed(2)})`
  return [
    `latency p50 ${middle(({ latencyMs }) => latencyMs.p50)}, p99 ${middle(({ latencyMs }) => latencyMs.p99)} ms`,
    `processors busy: server ${middle(share('serverCpuSeconds'))}, load generator ${middle(share('loadCpuSeconds'))}, others ${middle(share('otherCpuSeconds'))}`,
  ]
}

/** Processors kept busy over the round. */
function share(figure: 'serverCpuSeconds' | 'loadCpuSeconds' | 'otherCpuSeconds') {
  return (run: Throughput) => (run[figure] ?? Number.NaN) / run.seconds
}
