import { type ClientHttp2Session, constants } from 'node:http2'
import type { CheckDefinition, Probe } from '../contract.ts'
import { CheckDefinitionError } from '../errors.ts'
import { dialProblem } from './dial.ts'
import { splitHostPort } from './host-port.ts'
import { tlsOptions, withSession } from './http2-session.ts'

/** `SERVING` of the enum in grpc.health.v1. */
const serving = 1
const replyBytesMax = 64 * 1024

/** Passing when a server says SERVING in gRPC's health checking protocol; `GRPC` is `host:port` or `host:port/service`. */
export function grpcProbe(check: CheckDefinition): Probe {
  const target = String(check.args.GRPC)
  const slash = target.indexOf('/')
  const address = slash === -1 ? target : target.slice(0, slash)
  const service = slash === -1 ? '' : target.slice(slash + 1)
  if (splitHostPort(address) === undefined) {
    throw new CheckDefinitionError(`GRPC must be host:port or host:port/service, not ${JSON.stringify(target)}`)
  }
  const usesTls = check.args.GRPCUseTLS === true
  const options = usesTls ? tlsOptions(check) : {}
  return async (signal) => {
    try {
      const status = await withSession(`${usesTls ? 'https' : 'http'}://${address}`, options, signal, (session) =>
        askHealth(session, service),
      )
      if (status === serving) return { status: 'passing', output: `gRPC check ${target}: success` }
      return { status: 'critical', output: "gRPC application didn't report service healthy" }
    } catch (error) {
      return { status: 'critical', output: dialProblem(address, error) }
    }
  }
}

/** `grpc.health.v1.Health/Check`: the number of the serving status. */
function askHealth(session: ClientHttp2Session, service: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const stream = session.request({
      [constants.HTTP2_HEADER_METHOD]: 'POST',
      [constants.HTTP2_HEADER_PATH]: '/grpc.health.v1.Health/Check',
      'content-type': 'application/grpc',
      te: 'trailers',
    })
    const chunks: Buffer[] = []
    let size = 0
    let code: unknown
    let explanation: unknown
    const look = (headers: Record<string, unknown>) => {
      code = headers['grpc-status'] ?? code
      explanation = headers['grpc-message'] ?? explanation
    }
    stream.on('response', look)
    stream.on('trailers', look)
    stream.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (size > replyBytesMax) stream.destroy(new Error('the answer is too long for a health check'))
      else chunks.push(chunk)
    })
    stream.on('error', reject)
    stream.once('end', () => {
      if (code !== '0')
        reject(new Error(`rpc error: code = ${String(code ?? 'Unknown')} desc = ${String(explanation ?? '')}`))
      else resolve(servingStatus(Buffer.concat(chunks)))
    })
    stream.end(healthRequest(service))
  })
}

const frameHeaderBytes = 5

/** One gRPC frame (flags, length) with the protobuf message `{ 1: service }`. */
function healthRequest(service: string): Buffer {
  const name = Buffer.from(service)
  const message = name.length === 0 ? name : Buffer.concat([Buffer.of(0x0a), varint(name.length), name])
  const header = Buffer.alloc(frameHeaderBytes)
  header.writeUInt32BE(message.length, 1)
  return Buffer.concat([header, message])
}

function varint(value: number): Buffer {
  const bytes: number[] = []
  let left = value
  for (; left > 0x7f; left >>>= 7) bytes.push((left & 0x7f) | 0x80)
  return Buffer.of(...bytes, left)
}

/** Field 1 of the answer, a small enum in one byte; 0 (UNKNOWN) when it is not there. */
function servingStatus(frame: Buffer): number {
  return frame[frameHeaderBytes] === 0x08 ? (frame[frameHeaderBytes + 1] ?? 0) : 0
}
