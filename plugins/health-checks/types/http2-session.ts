import { type ClientHttp2Session, connect, type SecureClientSessionOptions } from 'node:http2'
import type { CheckDefinition } from '../contract.ts'

/** How a check wants its server's certificate looked at. */
export function tlsOptions({ args }: CheckDefinition): SecureClientSessionOptions {
  const { TLSServerName } = args
  return {
    rejectUnauthorized: args.TLSSkipVerify !== true,
    ...(typeof TLSServerName === 'string' && TLSServerName !== '' ? { servername: TLSServerName } : {}),
  }
}

/** Opens an HTTP/2 connection of its own, lets `work` use it, and closes it. Rejects when either fails or the signal aborts. */
export function withSession<T>(
  origin: string,
  options: SecureClientSessionOptions,
  signal: AbortSignal,
  work: (session: ClientHttp2Session) => Promise<T>,
): Promise<T> {
  const session = connect(origin, options)
  const result = new Promise<T>((resolve, reject) => {
    const abort = () => reject(signal.reason)
    signal.addEventListener('abort', abort, { once: true })
    session.on('error', reject)
    session.once('close', () => {
      signal.removeEventListener('abort', abort)
      reject(new Error('the connection was closed'))
    })
    session.once('connect', () => void work(session).then(resolve, reject))
  })
  return result.finally(() => session.destroy())
}
