import { promisify } from 'node:util'
import { gzip, gzipSync } from 'node:zlib'
import { type Outcome, outcome } from './outcome.ts'

/** Smaller bodies are not worth it: they fit into one packet as they are. */
const compressFromBytes = 1400
/** Larger ones are compressed off the event loop. */
const inlineMaxBytes = 64 * 1024

const gzipAside = promisify(gzip)

export function isWorthCompressing(body: Buffer | string): boolean {
  return body.length >= compressFromBytes
}

/** Reads `Accept-Encoding` (RFC 9110 §12.5.3): is gzip there, with a weight above zero? */
export function acceptsGzip(acceptEncoding: string | undefined): boolean {
  if (acceptEncoding === undefined) return false
  return acceptEncoding.split(',').some((part) => {
    const [coding = '', ...parameters] = part.split(';').map((piece) => piece.trim().toLowerCase())
    const weight = parameters.find((parameter) => parameter.startsWith('q='))
    return coding === 'gzip' && (weight === undefined || Number(weight.slice(2)) > 0)
  })
}

/** The body compressed, at once when that is quick. */
export function compress(body: Buffer | string): Buffer | Promise<Buffer> {
  return body.length <= inlineMaxBytes ? gzipSync(body) : gzipAside(body)
}

/** The same answer with its body compressed. */
export function withPackedBody({ status, headers }: Outcome, packed: Buffer): Outcome {
  return outcome(status, [...headers.slice(0, -2), 'Content-Encoding', 'gzip'], packed)
}
