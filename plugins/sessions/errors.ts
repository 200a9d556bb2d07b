import { ProconsulError } from '../../src/kernel/errors.ts'

/** A session command that the state refuses: a missing node, a critical check. Clients match on the sentences. */
export class SessionRefusedError extends ProconsulError {
  override readonly code = 'session_refused'
}

/** A session was asked for with settings that no session can have. Consul answers these with 500. */
export class SessionInvalidError extends ProconsulError {
  override readonly code = 'session_invalid'
}

/** A request that misses the session or the node it is about. */
export class SessionRequestError extends ProconsulError {
  override readonly code = 'session_request'
  override readonly status = 400
}

/** The session to renew is not there (any more): whoever held it has lost its locks and starts anew. */
export class SessionNotFoundError extends ProconsulError {
  override readonly code = 'session_not_found'
  override readonly status = 404

  constructor(id: string) {
    super(`Session id '${id}' not found`)
  }
}
