import { type ServerResponse, STATUS_CODES } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'

/** An answer as it goes onto the wire. Never changed once made: one may be sent to thousands. */
export interface Outcome {
  readonly status: number
  /** Names and values in turn, `Content-Length` among them. */
  readonly headers: readonly string[]
  readonly body: Buffer | string
}

/** An answer that goes on until its chunks or the client end. */
export interface StreamOutcome {
  readonly status: number
  readonly headers: readonly string[]
  readonly chunks: AsyncIterable<Buffer | string>
}

export function outcome(status: number, headers: readonly string[], body: Buffer | string): Outcome {
  const length = typeof body === 'string' ? Buffer.byteLength(body) : body.length
  return { status, headers: [...headers, 'Content-Length', String(length)], body }
}

/** Sends a stream without Koa: the head at once, as the first chunk may be long in coming. */
export async function sendStream(response: ServerResponse, { status, headers, chunks }: StreamOutcome): Promise<void> {
  response.writeHead(status, STATUS_CODES[status], headers as string[])
  response.flushHeaders()
  await pipeline(Readable.from(chunks, { objectMode: false }), response)
}

/** Sends an outcome without Koa. */
export function send(response: ServerResponse, { status, headers, body }: Outcome): void {
  if (response.destroyed) return
  // The list form skips the header map of ServerResponse; Node only reads it.
  response.writeHead(status, STATUS_CODES[status], headers as string[])
  response.end(body)
}
