import { ProconsulError } from '../../src/kernel/errors.ts'

/** A key/value command that the state refuses: a bad session, an unknown operation. Clients match on the sentences. */
export class KvRefusedError extends ProconsulError {
  override readonly code = 'kv_refused'
}

/** Parameters that miss something or exclude each other. */
export class KvRequestError extends ProconsulError {
  override readonly code = 'kv_request'
  override readonly status = 400
}

/** A parameter that should be an unsigned 64-bit number is none. Consul answers with Go's words and status 500. */
export class KvNumberError extends ProconsulError {
  override readonly code = 'kv_number'
}
