import { ProconsulError } from '../kernel/errors.ts'
import { JsonDecodeError } from '../wire/schema.ts'

/** The agent answered with a status that is no success. Programs match on this sentence, which is that of Consul's client. */
export class UnexpectedResponseError extends ProconsulError {
  override readonly code = 'unexpected_response'
  override readonly status: number
  /** What the agent said, without blanks around it. */
  readonly answer: string

  constructor(status: number, answer: string) {
    super(`Unexpected response code: ${status} (${answer})`)
    this.status = status
    this.answer = answer
  }
}

/** No answer came: nobody listens at the address, the name is unknown, or the connection broke. */
export class AgentUnreachableError extends ProconsulError {
  override readonly code = 'agent_unreachable'
  override readonly status = 502

  constructor(method: string, url: string, reason: string, options?: ErrorOptions) {
    super(`${method[0]}${method.slice(1).toLowerCase()} "${url}": ${reason}`, options)
  }
}

/** An answer of the agent is not what the client understands: other software listens there, or a much newer agent. */
export class UnreadableAnswerError extends ProconsulError {
  override readonly code = 'unreadable_answer'
  override readonly status = 502

  /** `operation` is a method and the pattern of a path: `GET /v1/catalog/nodes`. */
  constructor(operation: string, options?: ErrorOptions) {
    const { cause } = options ?? {}
    const reason = cause instanceof JsonDecodeError ? cause.reason : String(cause)
    super(`the answer to ${operation} cannot be read: ${reason}; is it a Consul agent that listens there?`, options)
  }
}

/** The address, a certificate or another setting of the client cannot be used. */
export class ClientSettingError extends ProconsulError {
  override readonly code = 'client_setting'
  override readonly status = 400
}
