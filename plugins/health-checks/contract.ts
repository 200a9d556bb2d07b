export type CheckStatus = 'passing' | 'warning' | 'critical'

/**
 * A check as registered on this agent, whatever its type. `type` names the hook that was asked for its probe. `args`
 * holds the members of the definition as they were written, for types of third parties.
 */
export interface CheckDefinition {
  readonly id: string
  readonly name: string
  readonly type: string
  readonly notes: string
  /** Empty for a check of the node. */
  readonly serviceId: string
  readonly serviceName: string
  readonly intervalMs: number
  /** 0 leaves it to the type: 30 s for scripts, else the interval and at most 10 s. */
  readonly timeoutMs: number
  readonly ttlMs: number
  readonly successBeforePassing: number
  readonly failuresBeforeCritical: number
  readonly deregisterCriticalServiceAfterMs: number
  readonly outputMaxBytes: number
  /** Status before the first result; undefined leaves it to what was known, else critical. */
  readonly status: CheckStatus | undefined
  /** Members of Consul's check definition in its own names, such as `HTTP`, `Header`, `ScriptArgs`, and unknown ones. */
  readonly args: Readonly<Record<string, unknown>>
}

/** What one attempt found. */
export interface ProbeResult {
  readonly status: CheckStatus
  readonly output: string
  /** True when the probe has itself kept its output to `outputMaxBytes`; else what is longer is cut. */
  readonly bounded?: boolean
}

/**
 * One attempt. Its signal aborts at the check's timeout and when the check goes; a throw or a rejection counts as
 * critical, with the message as output.
 */
export type Probe = (signal: AbortSignal) => Promise<ProbeResult>

/** A check's settled state. */
export interface CheckOutcome {
  readonly id: string
  readonly status: CheckStatus
  readonly output: string
  readonly before: { readonly status: CheckStatus; readonly output: string }
}

/** Runs the checks of this agent. What a status means for the catalog is the local state's business. */
export interface CheckRunner {
  /** Throws what `start` would throw, and starts nothing. */
  verify(definition: CheckDefinition): void
  /** True when a plugin offers checks of this type. */
  knows(type: string): boolean
  /**
   * Starts or replaces a check; throws a ProconsulError when no plugin knows its type or the definition is wrong. Outcomes
   * go to `settled`, which has already applied thresholds and the output limit.
   */
  start(definition: CheckDefinition, known: ProbeResult, settled: (outcome: ProbeResult) => void): void
  stop(id: string): void
  /** A report for a TTL check; throws when the id is unknown or is no TTL check. */
  report(id: string, result: ProbeResult): void
  /** True when the check is run here. */
  has(id: string): boolean
}

declare module '../../src/kernel/services.ts' {
  interface Services {
    checks: CheckRunner
  }
}

declare module '../../src/kernel/hooks.ts' {
  interface Payloads {
    checkDefinition: CheckDefinition
    checkProbe: Probe
    checkOutcome: CheckOutcome
  }
}
