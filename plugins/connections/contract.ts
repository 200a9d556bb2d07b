import type { Method } from '../../src/rpc/method.ts'

/** One call on its way to a server. */
export interface OutgoingCall {
  /** `ip:port` of the server port. */
  readonly address: string
  /** `Service.Method`. */
  readonly method: string
  /** The request, encoded. Must not change. */
  readonly body: Buffer
  /** Gives the call up: the server is told that nobody waits any more. Rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined
  /** How long the answer may take, from when the call is made. */
  readonly timeoutMs: number
}

/** Calls to servers over connections that all share. */
export interface Connections {
  /**
   * Calls a method of the server at an address, wherever that would have to run. Resolves with the encoded reply.
   *
   * Rejects with RemoteError when the server answers so, UnreachableError when the call was never sent, and with
   * CallLostError when it was and no answer came.
   */
  call(call: OutgoingCall): Promise<Buffer>
  /** The same for one question, within 10 s unless told otherwise. */
  ask<Request, Reply>(
    address: string,
    method: Method<Request, Reply>,
    request: Request,
    options?: { readonly signal?: AbortSignal; readonly timeoutMs?: number },
  ): Promise<Reply>
}

declare module '../../src/kernel/services.ts' {
  interface Services {
    connections: Connections
  }
}
