import { ProconsulError } from '../../src/kernel/errors.ts'

/** A query parameter or header of a read cannot be used. Texts as Consul's. */
export class BadRequestError extends ProconsulError {
  override readonly code = 'bad_request'
  override readonly status = 400
}

/** The path has an endpoint, but not for this method. */
export class MethodNotAllowedError extends ProconsulError {
  override readonly code = 'method_not_allowed'
  override readonly status = 405
  readonly allow: string

  constructor(method: string, allow: string) {
    super(`method ${method} not allowed`)
    this.allow = allow
  }
}

/** The operator closed this endpoint with `http_config.block_endpoints`. */
export class EndpointBlockedError extends ProconsulError {
  override readonly code = 'endpoint_blocked'
  override readonly status = 403

  constructor() {
    super('Endpoint is blocked by agent configuration')
  }
}

/** A write from an address outside `http_config.allow_write_http_from`. The sentence is Consul's. */
export class WriteRestrictedError extends ProconsulError {
  override readonly code = 'write_restricted'
  override readonly status = 403

  constructor() {
    super('Access is restricted')
  }
}

/** The body is larger than the endpoint takes. `size` is in bytes, or says so much as is known of it. */
export class BodyTooLargeError extends ProconsulError {
  override readonly code = 'body_too_large'
  override readonly status = 413

  constructor(size: number | string, limitBytes: number, setting: string) {
    super(
      `Request body(${size} bytes) too large, max size: ${limitBytes} bytes. ` +
        `See https://www.consul.io/docs/agent/options.html#${setting}.`,
    )
  }
}

/** The client stopped sending in the middle of its body. */
export class BodyStalledError extends ProconsulError {
  override readonly code = 'body_stalled'
  override readonly status = 408

  constructor(stallMs: number) {
    super(`no byte of the request body came for ${stallMs / 1000} s; send the request again`)
  }
}

/** The client went away; nobody reads the answer. */
export class ClientGoneError extends ProconsulError {
  override readonly code = 'client_gone'
  override readonly status = 499

  constructor() {
    super('the client closed the connection before its request was complete')
  }
}

/** The agent stops and can wait no longer for what the request needs. */
export class AgentStoppingError extends ProconsulError {
  override readonly code = 'agent_stopping'
  override readonly status = 503

  constructor() {
    super('the agent is shutting down; ask another one')
  }
}

/** The query string cannot be decoded. Consul says no more than its status. */
export class BrokenQueryError extends ProconsulError {
  override readonly code = 'broken_query'
  override readonly status = 500

  constructor() {
    super('')
  }
}
