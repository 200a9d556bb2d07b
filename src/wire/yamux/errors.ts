import { ProconsulError } from '../../kernel/errors.ts'

/** The other side broke the rules of yamux; the session is over. */
export class YamuxProtocolError extends ProconsulError {
  override readonly code = 'yamux_protocol'

  constructor(problem: string) {
    super(`yamux: ${problem}`)
  }
}

/** The session is over, and with it each of its streams. The words are those other agents know to be worth another try. */
export class YamuxSessionClosedError extends ProconsulError {
  override readonly code = 'yamux_session_closed'

  constructor(reason: string, options?: ErrorOptions) {
    super(`session shutdown: ${reason}`, options)
  }
}

/** The other side gave up a stream. */
export class YamuxStreamResetError extends ProconsulError {
  override readonly code = 'yamux_stream_reset'

  constructor() {
    super('stream reset')
  }
}
