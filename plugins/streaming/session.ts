import { performServerHandshake, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2'
import type { Socket } from 'node:net'
import { encodeGrpcMessage, GrpcError, grpcStatus, RequestMessage } from './grpc.ts'

/** One call: what it asks, and how it is answered. */
export interface Call {
  readonly path: string
  readonly message: Buffer
  /** Sends one message with its prefix; throws when the caller reads so slowly that too much is waiting. */
  send(framed: Buffer): void
  /** Ends the call with an error. */
  fail(error: GrpcError): void
  /** Calls `ended` once, when the call is over for whatever reason. */
  onEnd(ended: () => void): void
}

/** Most calls that one agent may have open at a time: each service it follows is one. */
const callsMax = 10_000
/** Most bytes that wait for a caller who does not read. */
const waitingBytesMax = 8 * 1024 * 1024

/** Speaks gRPC on a connection; `answer` is called for each call, and may throw a GrpcError. */
export function serveGrpc(
  socket: Socket,
  answer: (call: Call) => void,
  report: (error: unknown) => void,
): ServerHttp2Session {
  const session = performServerHandshake(socket, { settings: { maxConcurrentStreams: callsMax } })
  // A peer that breaks HTTP/2 loses its connection; nobody else is concerned.
  session.on('error', () => socket.destroy())
  session.on('stream', (stream, headers) => {
    stream.on('error', () => stream.destroy())
    const path = String(headers[':path'])
    if (headers[':method'] !== 'POST' || !String(headers['content-type']).startsWith('application/grpc')) {
      stream.respond({ ':status': 415 }, { endStream: true })
      return
    }
    readRequest(stream, (message) => {
      try {
        if (message instanceof GrpcError) throw message
        answer(callOn(stream, path, message))
      } catch (error) {
        if (!(error instanceof GrpcError)) report(error)
        end(stream, error instanceof GrpcError ? error : new GrpcError(grpcStatus.internal, 'internal error'))
      }
    })
  })
  return session
}

function readRequest(stream: ServerHttp2Stream, done: (message: Buffer | GrpcError) => void): void {
  const request = new RequestMessage()
  const onData = (chunk: Buffer) => {
    try {
      const message = request.add(chunk)
      if (message === undefined) return
      stream.off('data', onData).resume()
      done(message)
    } catch (error) {
      stream.off('data', onData).resume()
      done(error as GrpcError)
    }
  }
  stream.on('data', onData)
}

function callOn(stream: ServerHttp2Stream, path: string, message: Buffer): Call {
  return {
    path,
    message,
    send(framed) {
      if (stream.destroyed || stream.writableEnded) return
      if (!stream.headersSent) stream.respond(replyHeaders, { waitForTrailers: true })
      stream.write(framed)
      if (stream.writableLength > waitingBytesMax) {
        throw new GrpcError(grpcStatus.aborted, 'the subscriber reads too slowly; subscribe again')
      }
    },
    fail: (error) => end(stream, error),
    onEnd: (ended) => stream.once('close', ended),
  }
}

const replyHeaders = { ':status': 200, 'content-type': 'application/grpc' }

function end(stream: ServerHttp2Stream, { status, message }: GrpcError): void {
  if (stream.destroyed || stream.writableEnded) return
  const trailers = { 'grpc-status': String(status), 'grpc-message': encodeGrpcMessage(message) }
  if (!stream.headersSent) {
    stream.respond({ ...replyHeaders, ...trailers }, { endStream: true })
    return
  }
  stream.once('wantTrailers', () => stream.sendTrailers(trailers))
  stream.end()
}
