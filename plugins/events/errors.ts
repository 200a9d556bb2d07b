import { ProconsulError } from '../../src/kernel/errors.ts'

/** An event that cannot be sent as it was asked for. Consul answers 500. */
export class EventRefusedError extends ProconsulError {
  override readonly code = 'event_refused'
}

/** The event to fire has no name. */
export class EventUnnamedError extends ProconsulError {
  override readonly code = 'event_unnamed'
  override readonly status = 400

  constructor() {
    super('Missing name')
  }
}
