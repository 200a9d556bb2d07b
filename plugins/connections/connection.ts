import { connect, type Socket } from 'node:net'
import type { Clock } from '../../src/kernel/clock.ts'
import { CallLostError, UnreachableError } from '../../src/rpc/errors.ts'
import type { Budget } from '../../src/rpc/value-reader.ts'
import { YamuxSessionClosedError } from '../../src/wire/yamux/errors.ts'
import type { YamuxSession } from '../../src/wire/yamux/session.ts'
import { yamuxOn } from '../../src/wire/yamux/socket.ts'
import { CallStream } from './call-stream.ts'
import type { OutgoingCall } from './contract.ts'
import { placeOf } from './place.ts'

export interface ConnectionSetup {
  readonly address: string
  /** Where to connect from; the system chooses when undefined. */
  readonly localAddress: string | undefined
  readonly clock: Clock
  readonly budget: Budget
  /** Finished streams kept for further calls. */
  readonly idleStreamsMax: number
  /** A connection without calls is closed after this long. */
  readonly idleMs: number
  readonly nextSeq: () => number
  /** Told once: no calls can be made on it any more. */
  readonly ended: () => void
}

/** Byte by which the server port knows a session of RPC streams (protocol/servers.md §1). */
const sessionByte = 4
const dialTimeoutMs = 10_000

/** One session with a server, made when it is first needed, on which any number of calls run side by side. */
export class Connection {
  readonly #setup: ConnectionSetup
  readonly #ready: Promise<YamuxSession>
  #socket: Socket | undefined
  readonly #idle: CallStream[] = []
  #underWay = 0
  #ended = false
  #cancelIdle = () => {}

  constructor(setup: ConnectionSetup) {
    this.#setup = setup
    this.#ready = this.#dial()
    // Whoever calls hears of it; when nobody does any more, nobody needs to.
    this.#ready.catch(() => this.#end())
  }

  async call({ address, method, body, signal, timeoutMs }: OutgoingCall): Promise<Buffer> {
    this.#begin()
    try {
      const session = await aborted(this.#ready, signal)
      signal?.throwIfAborted()
      const stream = this.#stream(session, address)
      return await this.#run(stream, method, body, timeoutMs, signal)
    } finally {
      this.#finish()
    }
  }

  close(): void {
    this.#end()
    this.#socket?.destroy()
  }

  async #dial(): Promise<YamuxSession> {
    const { address, localAddress, clock } = this.#setup
    const place = placeOf(address)
    if (place === undefined) throw new UnreachableError(address, 'this is no address')
    const options = { ...place, noDelay: true, keepAlive: true, keepAliveInitialDelay: 15_000 }
    const socket = connect(localAddress === undefined ? options : { ...options, localAddress })
    this.#socket = socket
    await new Promise<void>((resolve, reject) => {
      const cancel = clock.after(dialTimeoutMs, () => fail('i/o timeout'))
      const fail = (reason: string, cause?: Error) => {
        cancel()
        socket.destroy()
        reject(new UnreachableError(address, reason, { cause }))
      }
      socket.once('error', (error) => fail(error.message, error))
      socket.once('close', () => fail('closed'))
      socket.once('connect', () => {
        cancel()
        socket.removeAllListeners('error').removeAllListeners('close')
        resolve()
      })
    })
    socket.write(Buffer.of(sessionByte))
    return yamuxOn(socket, { role: 'dialler', clock, accept: () => undefined, ended: () => this.#end() })
  }

  #stream(session: YamuxSession, address: string): CallStream {
    for (let stream = this.#idle.pop(); stream !== undefined; stream = this.#idle.pop()) {
      if (stream.usable) return stream
    }
    try {
      return new CallStream((handler) => session.open(handler), this.#setup.budget)
    } catch (error) {
      if (!(error instanceof YamuxSessionClosedError)) throw error
      throw new UnreachableError(address, error.message, { cause: error })
    }
  }

  #run(
    stream: CallStream,
    method: string,
    body: Buffer,
    timeoutMs: number,
    signal: AbortSignal | undefined,
  ): Promise<Buffer> {
    const { clock, nextSeq } = this.#setup
    return new Promise((resolve, reject) => {
      const giveUp = (reason: unknown) => {
        stream.abandon()
        settle()
        reject(reason)
      }
      const onAbort = () => giveUp(signal!.reason)
      const cancel = clock.after(timeoutMs, () => giveUp(new CallLostError('no answer in time')))
      const settle = () => {
        cancel()
        signal?.removeEventListener('abort', onAbort)
      }
      signal?.addEventListener('abort', onAbort)
      stream.call(nextSeq(), method, body, {
        replied: (reply) => {
          settle()
          this.#keep(stream)
          resolve(reply)
        },
        failed: (error) => {
          settle()
          reject(error)
        },
      })
    })
  }

  #keep(stream: CallStream): void {
    if (this.#ended || this.#idle.length >= this.#setup.idleStreamsMax) stream.close()
    else this.#idle.push(stream)
  }

  #begin(): void {
    this.#underWay++
    this.#cancelIdle()
  }

  #finish(): void {
    if (--this.#underWay > 0 || this.#ended) return
    this.#cancelIdle = this.#setup.clock.after(this.#setup.idleMs, () => this.close())
  }

  #end(): void {
    if (this.#ended) return
    this.#ended = true
    this.#cancelIdle()
    this.#idle.length = 0
    this.#setup.ended()
  }
}

/** The promise's outcome, unless the signal aborts before. */
function aborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason)
    if (signal.aborted) return onAbort()
    signal.addEventListener('abort', onAbort, { once: true })
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort))
  })
}
