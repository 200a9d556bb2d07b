import { ProconsulError } from '../../src/kernel/errors.ts'

/** A request that says something wrong of itself; the sentence is Consul's. */
export class AutopilotRequestError extends ProconsulError {
  override readonly code = 'autopilot_request'
  override readonly status = 400

  constructor(reason: string, options?: ErrorOptions) {
    super(`Bad request: ${reason}`, options)
  }
}

/** No leader has written the first settings yet: ask again in a moment. */
export class AutopilotNotReadyError extends ProconsulError {
  override readonly code = 'autopilot_not_ready'
}

/** A server that gossip does not know is to go from the catalog while it has a part in Raft. */
export class UnheardOfServerError extends ProconsulError {
  override readonly code = 'unheard_of_server'

  constructor(name: string) {
    super(
      `${name} is a server of this cluster that gossip has not heard of: it stays until it comes back, or is taken out ` +
        '(operator raft remove-peer)',
    )
  }
}
