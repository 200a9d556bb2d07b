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
