import { ProconsulError } from '../kernel/errors.ts'

/** A server answered a call with an error. Agents tell errors apart by their text alone (protocol/servers.md §4). */
export class RemoteError extends ProconsulError {
  override readonly code = 'rpc_remote'
  override readonly status: number
  /** What the server said. */
  readonly text: string

  constructor(text: string) {
    super(`rpc error making call: ${text}`)
    this.text = text
    this.status = statusOf(text)
  }
}

/** No connection to the server came about: the call was not sent. */
export class UnreachableError extends ProconsulError {
  override readonly code = 'rpc_unreachable'

  constructor(address: string, reason: string, options?: ErrorOptions) {
    super(`rpc error getting client: failed to get conn: ${address}: ${reason}`, options)
  }
}

/** The connection broke, or time was over, while an answer was awaited. What was asked may have been done. */
export class CallLostError extends ProconsulError {
  override readonly code = 'rpc_call_lost'

  constructor(reason: string, options?: ErrorOptions) {
    super(`rpc error making call: ${reason}`, options)
  }
}

/** Bytes on an RPC stream that are no message, or more than one may have. */
export class RpcFormatError extends ProconsulError {
  override readonly code = 'rpc_format'

  constructor(problem: string) {
    super(`rpc: ${problem}`)
  }
}

/** The HTTP status Consul's agents give an error by its text. */
function statusOf(text: string): number {
  if (text.includes('Permission denied') || text.includes('ACL not found')) return 403
  return text.includes('rate limit exceeded') ? 429 : 500
}
