import type { Clock } from '../../kernel/clock.ts'
import type { ProconsulError } from '../../kernel/errors.ts'
import { YamuxProtocolError, YamuxSessionClosedError, YamuxStreamResetError } from './errors.ts'
import { encodeHeader, type FrameHeader, type FrameType, flag, frameType, goAwayCode, sessionId } from './frame.ts'
import { FrameReader } from './frame-reader.ts'
import { Keepalive } from './keepalive.ts'
import { type StreamHandler, YamuxStream } from './stream.ts'

/** Times and sizes of both sides (protocol/servers.md §2). */
export const yamuxLimits = {
  /** For the other side to accept a stream. */
  openMs: 75_000,
  /** For the other side to end a stream after we did. */
  closeMs: 300_000,
  /** Streams that may wait to be accepted; more begin when others were. */
  backlog: 256,
  /** Streams the other side may have open; more are refused. */
  streamsMax: 16_384,
  /** A frame carries no more, so that a large message does not hold up the other streams. */
  pieceBytesMax: 64 * 1024,
} as const

export interface YamuxSessionSetup {
  /** Who connected opens streams with odd numbers, who accepted with even ones. */
  readonly role: 'dialler' | 'acceptor'
  readonly clock: Clock
  /** Hands bytes to the connection, in order. */
  readonly send: (bytes: Buffer) => void
  /** The other side opened a stream: who listens to it? When undefined it is refused. */
  readonly accept: (stream: YamuxStream) => StreamHandler | undefined
  /** Told once: the session is over and all its streams have failed. The connection has to be ended. */
  readonly ended: (error: ProconsulError) => void
}

/**
 * One side of a yamux session (protocol/servers.md §2): bytes in, frames out. It knows no socket; the clock is the only
 * thing it asks. What breaks the rules ends the session with a goodbye that says so.
 */
export class YamuxSession {
  readonly #setup: YamuxSessionSetup
  readonly #reader = new FrameReader({
    frame: (header) => this.#frame(header),
    bytes: (piece, last) => this.#bytes(piece, last),
  })
  readonly #keepalive: Keepalive
  readonly #streams = new Map<number, YamuxStream>()
  /** Streams with something to send, in turn. */
  readonly #ready = new Set<YamuxStream>()
  /** Opened and not yet accepted, with the time at which that ends the session; the oldest first. */
  readonly #unaccepted = new Map<YamuxStream, number>()
  /** Opened beyond the backlog: nothing was sent of them. */
  readonly #unbegun = new Set<YamuxStream>()
  /** Ended by us alone, with the time at which they are given up; the oldest first. */
  readonly #halfClosed = new Map<YamuxStream, number>()
  /** Whose bytes come now, and the flags of their frame. */
  #incoming: { readonly stream: YamuxStream | undefined; readonly flags: number } | undefined
  #inbound = 0
  #queuedBytes = 0
  #nextId: number
  #congested = false
  #sending = false
  #goneAway = false
  #over: ProconsulError | undefined
  #cancelTimer = () => {}
  #timerAtMs = Number.POSITIVE_INFINITY

  constructor(setup: YamuxSessionSetup) {
    this.#setup = setup
    this.#nextId = setup.role === 'dialler' ? 1 : 2
    this.#keepalive = new Keepalive(setup.clock.monotonicMs())
    this.#watch()
  }

  /** Streams that are open, of both sides. */
  get streams(): number {
    return this.#streams.size
  }

  /** True when streams can be opened. */
  get usable(): boolean {
    return this.#over === undefined && !this.#goneAway && this.#nextId < 0xffffffff
  }

  /** Bytes that wait to be sent, of all streams. */
  get queuedBytes(): number {
    return this.#queuedBytes
  }

  /** A new stream. @throws YamuxSessionClosedError when the session ends or is about to */
  open(handler: StreamHandler): YamuxStream {
    if (!this.usable) throw new YamuxSessionClosedError('no streams are accepted any more', { cause: this.#over })
    const stream = this.#make(this.#nextId)
    stream.handler = handler
    this.#nextId += 2
    if (this.#unaccepted.size < yamuxLimits.backlog) this.#begin(stream)
    else this.#unbegun.add(stream)
    return stream
  }

  /** The connection takes no more bytes for now, or does again. Pings and credit are sent all the same. */
  congested(congested: boolean): void {
    this.#congested = congested
    if (!congested) this.#send()
  }

  /** Bytes came from the other side, cut anywhere. */
  receive(bytes: Buffer): void {
    try {
      for (let at = 0; at < bytes.length && this.#over === undefined; ) at = this.#reader.read(bytes, at)
    } catch (error) {
      if (!(error instanceof YamuxProtocolError)) throw error
      this.#control(frameType.goAway, 0, sessionId, goAwayCode.protocolError)
      this.#end(error)
    }
  }

  /** Ends the session; what is done with the connection tells the other side, as with Consul's agents. */
  end(reason: string, cause?: unknown): void {
    this.#end(new YamuxSessionClosedError(reason, { cause }))
  }

  #make(id: number): YamuxStream {
    const stream = new YamuxStream(id, {
      ready: (it) => this.#enqueue(it),
      credit: (it, sizeBytes) => this.#control(frameType.windowUpdate, 0, it.id, sizeBytes),
      reset: (it) => this.#resetOurs(it),
      queued: (deltaBytes) => {
        this.#queuedBytes += deltaBytes
      },
    })
    this.#streams.set(id, stream)
    return stream
  }

  #begin(stream: YamuxStream): void {
    this.#unaccepted.set(stream, this.#setup.clock.monotonicMs() + yamuxLimits.openMs)
    this.#control(frameType.windowUpdate, flag.syn, stream.id, 0)
    this.#watch()
  }

  /** Accepted or given up: one that waits may begin in its place. */
  #settled(stream: YamuxStream): void {
    if (!this.#unaccepted.delete(stream)) return
    const [next] = this.#unbegun
    if (next === undefined) return
    this.#unbegun.delete(next)
    this.#begin(next)
    this.#enqueue(next)
  }

  #enqueue(stream: YamuxStream): void {
    if (this.#unbegun.has(stream) || !stream.sendable) return
    this.#ready.add(stream)
    this.#send()
  }

  /** Sends what can be sent, one frame of each stream in turn. */
  #send(): void {
    if (this.#sending) return
    this.#sending = true
    while (!this.#congested && this.#over === undefined) {
      const [stream] = this.#ready
      if (stream === undefined) break
      this.#ready.delete(stream)
      this.#sendPiece(stream)
      if (stream.sendable) this.#ready.add(stream)
    }
    this.#sending = false
  }

  #sendPiece(stream: YamuxStream): void {
    const { bytes, last } = stream.piece(yamuxLimits.pieceBytesMax)
    const type = bytes.length === 0 ? frameType.windowUpdate : frameType.data
    this.#control(type, last ? flag.fin : 0, stream.id, bytes.length)
    if (bytes.length > 0) this.#setup.send(bytes)
    if (!last) return
    if (stream.finished) {
      this.#forget(stream)
    } else {
      this.#halfClosed.set(stream, this.#setup.clock.monotonicMs() + yamuxLimits.closeMs)
      this.#watch()
    }
  }

  #control(type: FrameType, flags: number, streamId: number, length: number): void {
    if (this.#over === undefined) this.#setup.send(encodeHeader(type, flags, streamId, length))
  }

  #frame(header: FrameHeader): void {
    const { version, type, flags, streamId, length } = header
    if (version !== 0) throw new YamuxProtocolError(`version ${version} is not known`)
    switch (type) {
      case frameType.ping:
        if ((flags & flag.syn) !== 0) this.#control(frameType.ping, flag.ack, sessionId, length)
        else this.#keepalive.answered(length)
        break
      case frameType.goAway:
        this.#goAway(length)
        break
      case frameType.data:
      case frameType.windowUpdate:
        if (streamId === sessionId) throw new YamuxProtocolError('stream 0 carries no data')
        this.#streamFrame(header)
        break
      default:
        throw new YamuxProtocolError(`there is no frame of type ${type}`)
    }
  }

  #streamFrame({ type, flags, streamId, length }: FrameHeader): void {
    if ((flags & flag.syn) !== 0) this.#accept(streamId)
    const stream = this.#streams.get(streamId)
    if (stream !== undefined && (flags & flag.ack) !== 0) this.#settled(stream)
    if (type === frameType.data) {
      if (stream?.announce(length) === false) {
        throw new YamuxProtocolError(`more data than stream ${streamId} has room for`)
      }
      // Of a stream that is no more the bytes are passed over.
      if (length > 0) this.#incoming = { stream, flags }
      else this.#closeFlags(stream, flags)
    } else {
      if (stream?.widen(length) === false) throw new YamuxProtocolError(`too much credit for stream ${streamId}`)
      this.#closeFlags(stream, flags)
    }
  }

  #bytes(piece: Buffer, last: boolean): void {
    const { stream, flags } = this.#incoming!
    if (last) this.#incoming = undefined
    stream?.received(piece)
    if (last) this.#closeFlags(stream, flags)
  }

  /** What a frame's flags say of the end of its stream, once its bytes are delivered. */
  #closeFlags(stream: YamuxStream | undefined, flags: number): void {
    if (stream === undefined || stream.over) return
    if ((flags & flag.rst) !== 0) {
      this.#forget(stream)
      stream.failed(new YamuxStreamResetError())
    } else if ((flags & flag.fin) !== 0) {
      if (!stream.ended()) throw new YamuxProtocolError(`stream ${stream.id} ended twice`)
      if (stream.finished) this.#forget(stream)
    }
  }

  #accept(streamId: number): void {
    if (this.#streams.has(streamId)) throw new YamuxProtocolError(`stream ${streamId} began twice`)
    if (this.#isOurs(streamId)) throw new YamuxProtocolError(`stream ${streamId} is not theirs to begin`)
    if (this.#inbound >= yamuxLimits.streamsMax || this.#goneAway) {
      this.#control(frameType.windowUpdate, flag.rst, streamId, 0)
      return
    }
    const stream = this.#make(streamId)
    this.#inbound++
    this.#control(frameType.windowUpdate, flag.ack, streamId, 0)
    const handler = this.#setup.accept(stream)
    if (handler === undefined) stream.reset()
    else stream.handler = handler
  }

  #isOurs(streamId: number): boolean {
    return streamId % 2 === (this.#setup.role === 'dialler' ? 1 : 0)
  }

  #resetOurs(stream: YamuxStream): void {
    const begun = !this.#unbegun.has(stream)
    this.#forget(stream)
    if (begun) this.#control(frameType.windowUpdate, flag.rst, stream.id, 0)
  }

  #forget(stream: YamuxStream): void {
    if (!this.#streams.delete(stream.id)) return
    if (!this.#isOurs(stream.id)) this.#inbound--
    this.#ready.delete(stream)
    this.#unbegun.delete(stream)
    this.#halfClosed.delete(stream)
    if (stream.finished) stream.finish()
    this.#settled(stream)
  }

  #goAway(code: number): void {
    this.#goneAway = true
    const error = new YamuxSessionClosedError(`the other side ended it with code ${code}`)
    if (code !== goAwayCode.normal) this.#end(error)
    // What it was never told of it will not accept. The others may come to their end.
    for (const stream of [...this.#unbegun]) {
      this.#forget(stream)
      stream.failed(error)
    }
  }

  #end(error: ProconsulError): void {
    if (this.#over !== undefined) return
    this.#over = error
    this.#cancelTimer()
    const streams = [...this.#streams.values()]
    for (const waiting of [this.#streams, this.#ready, this.#unaccepted, this.#unbegun, this.#halfClosed]) {
      waiting.clear()
    }
    for (const stream of streams) stream.failed(error)
    this.#setup.ended(error)
  }

  /** Looks again when the next thing is due. */
  #watch(): void {
    if (this.#over !== undefined) return
    const { clock } = this.#setup
    const dueAtMs = Math.min(this.#keepalive.dueAtMs, oldest(this.#unaccepted), oldest(this.#halfClosed))
    if (this.#timerAtMs <= dueAtMs) return
    this.#cancelTimer()
    this.#timerAtMs = dueAtMs
    this.#cancelTimer = clock.after(Math.max(1, dueAtMs - clock.monotonicMs()), () => this.#tick())
  }

  #tick(): void {
    this.#timerAtMs = Number.POSITIVE_INFINITY
    const nowMs = this.#setup.clock.monotonicMs()
    if (this.#keepalive.isDead(nowMs)) this.end('keepalive timeout')
    if (oldest(this.#unaccepted) <= nowMs) this.end('a stream was not accepted in time')
    for (const [stream, untilMs] of this.#halfClosed) {
      if (untilMs > nowMs) break
      stream.failed(new YamuxStreamResetError())
      this.#resetOurs(stream)
    }
    const value = this.#keepalive.ask(nowMs)
    if (value !== undefined) this.#control(frameType.ping, flag.syn, sessionId, value)
    this.#watch()
  }
}

function oldest(times: ReadonlyMap<YamuxStream, number>): number {
  for (const atMs of times.values()) return atMs
  return Number.POSITIVE_INFINITY
}
