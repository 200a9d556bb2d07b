import type { Ratio } from './rounds.ts'

/** How a run is to be measured. */
export interface Setting {
  /** Fewer and shorter rounds. */
  readonly quick: boolean
  /** Pairs of bare and ours. */
  readonly rounds: number
  /** One half of a pair. */
  readonly roundMs: number
  readonly warmUpMs: number
  /** Where the agent under test leaves a CPU profile; undefined: no profiles. */
  readonly profileDir: string | undefined
  /** Tells people who wait how far it is. */
  readonly progress: (text: string) => void
}

/** One measurement: a file in bench/measure. */
export interface Measurement {
  /** What `--only` takes. */
  readonly name: string
  readonly measure: (setting: Setting) => Promise<Finding[]>
}

export interface Figure {
  readonly value: number
  readonly unit: '/s' | 'ms' | 'MB' | '%' | 'B/s'
}

export interface Target {
  readonly of: 'ratio' | 'ours'
  readonly atLeast?: number
  readonly atMost?: number
}

/** One line of the table. */
export interface Finding {
  readonly name: string
  /** What was measured, for people. */
  readonly title: string
  /** Median over the rounds. */
  readonly ours?: Figure
  readonly bare?: Figure
  /** Ours over bare. */
  readonly ratio?: Ratio
  readonly target?: Target
  /** Server CPU per request, in microseconds. */
  readonly cpuMicros?: { readonly ours: number | undefined; readonly bare: number | undefined }
  /** More that a reader should know, a short phrase each. */
  readonly notes: readonly string[]
  /** Every round, for `--json`. */
  readonly rounds: unknown
}

/** Whether a finding reaches its target; undefined when it has none. */
export function meetsTarget({ target, ratio, ours }: Finding): boolean | undefined {
  if (!target) return undefined
  const value = (target.of === 'ratio' ? ratio?.median : ours?.value) ?? Number.NaN
  return target.atLeast === undefined ? value <= target.atMost! : value >= target.atLeast
}
