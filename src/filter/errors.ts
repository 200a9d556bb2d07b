import { ProconsulError } from '../kernel/errors.ts'

/**
 * The expression cannot be used: it does not parse, names a selector the rows do not have, or asks an operator of a
 * selector that does not support it. Consul answers 500 with this sentence as the body, and clients match on it.
 */
export class FilterError extends ProconsulError {
  override readonly code = 'filter'
  override readonly status = 500
  /** What is wrong without the opening words, for messages that bring their own (a resolver subset's filter). */
  readonly reason: string

  constructor(reason: string, options?: ErrorOptions) {
    super(`Failed to create boolean expression evaluator: ${reason}`, options)
    this.reason = reason
  }
}
