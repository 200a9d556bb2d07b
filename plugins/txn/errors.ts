import { ProconsulError } from '../../src/kernel/errors.ts'
import type { TxnError } from '../../src/wire/structs/txn.ts'

/** Operations of a transaction were refused, and so all of it was: nothing has changed. */
export class TxnFailedError extends ProconsulError {
  override readonly code = 'txn_failed'
  override readonly status = 409
  /** Each refused operation, with its reason in Consul's words. */
  readonly errors: readonly TxnError[]

  constructor(errors: readonly TxnError[]) {
    super(`transaction refused: ${errors.map(({ OpIndex, What }) => `operation ${OpIndex}: ${What}`).join('; ')}`)
    this.errors = errors
  }
}

/** An operation that no plugin carries out. */
export class TxnRefusedError extends ProconsulError {
  override readonly code = 'txn_refused'
}

/** More operations, or a larger value, than a transaction may hold. Texts as Consul's. */
export class TxnTooLargeError extends ProconsulError {
  override readonly code = 'txn_too_large'
  override readonly status = 413
}
