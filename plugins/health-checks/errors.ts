import { formatDuration } from '../../src/kernel/duration.ts'
import { ProconsulError } from '../../src/kernel/errors.ts'

/** No plugin offers the type of this check. */
export class CheckTypeUnknownError extends ProconsulError {
  override readonly code = 'check_type_unknown'
  override readonly status = 400

  constructor(type: string) {
    super(`Invalid check: no plugin knows the check type "${type}"; correct the definition or load a plugin that does`)
  }
}

/** The definition of a check cannot be used as it is. */
export class CheckDefinitionError extends ProconsulError {
  override readonly code = 'check_definition'
  override readonly status = 400

  constructor(problem: string, options?: ErrorOptions) {
    super(`Invalid check: ${problem}`, options)
  }
}

/** A report came for a check that is unknown or of another type. Clients of Consul match on this sentence. */
export class NoTtlCheckError extends ProconsulError {
  override readonly code = 'no_ttl_check'

  constructor(id: string) {
    super(`CheckID ${JSON.stringify(id)} does not have associated TTL`)
  }
}

/** The reason a probe's signal aborts with at the end of its time; the message is the check's output. */
export class CheckTimeoutError extends ProconsulError {
  override readonly code = 'check_timeout'

  constructor(timeoutMs: number) {
    super(`Timed out (${formatDuration(timeoutMs)}) running check`)
  }
}
