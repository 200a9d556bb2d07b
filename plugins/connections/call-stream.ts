import type { ProconsulError } from '../../src/kernel/errors.ts'
import type { Channel, ChannelHandler } from '../../src/rpc/channel.ts'
import { CallLostError, RemoteError, RpcFormatError } from '../../src/rpc/errors.ts'
import { ReplyHeader, RequestHeader } from '../../src/rpc/messages.ts'
import { type Budget, ValueReader } from '../../src/rpc/value-reader.ts'
import { MalformedMsgpackError } from '../../src/wire/errors.ts'

/** The largest reply that is taken. */
const replyBytesMax = 256 * 2 ** 20
/** Below this a header and a body leave as one piece. */
const joinedBytesMax = 16 * 1024

/** How a call ended. */
export interface CallOutcome {
  replied(body: Buffer): void
  failed(error: ProconsulError): void
}

/** The calls made on one channel: one at a time, each with its answer before the next (protocol/servers.md §2). */
export class CallStream implements ChannelHandler {
  readonly #channel: Channel
  readonly #reader: ValueReader
  #outcome: CallOutcome | undefined
  #seq = 0
  #error: string | undefined
  #broken = false

  /** `open` opens the channel on which this listens. */
  constructor(open: (handler: ChannelHandler) => Channel, budget: Budget) {
    this.#reader = new ValueReader(replyBytesMax, budget, (sizeBytes) => this.#channel.consumed(sizeBytes))
    this.#channel = open(this)
  }

  /** True when another call can be made. */
  get usable(): boolean {
    return !this.#broken && this.#outcome === undefined
  }

  /** Makes a call; told how it ends. */
  call(seq: number, method: string, body: Buffer, outcome: CallOutcome): void {
    this.#outcome = outcome
    this.#seq = seq
    const header = RequestHeader.encode({ Seq: seq, ServiceMethod: method })
    if (body.length < joinedBytesMax) {
      this.#channel.write(Buffer.concat([header, body]))
    } else {
      this.#channel.write(header)
      this.#channel.write(body)
    }
  }

  /** Gives up the call that is under way and with it the channel, by which the server learns of it. */
  abandon(): void {
    this.#outcome = undefined
    this.#break()
    this.#channel.reset()
  }

  /** No more calls. */
  close(): void {
    if (this.#broken) return
    this.#break()
    this.#channel.close()
  }

  data(bytes: Buffer): void {
    if (this.#broken) return
    this.#reader.add(bytes)
    try {
      for (let value = this.#reader.next(); value !== undefined; value = this.#reader.next()) this.#take(value)
    } catch (error) {
      if (!(error instanceof RpcFormatError) && !(error instanceof MalformedMsgpackError)) throw error
      this.#channel.reset()
      this.failed(error)
    }
  }

  ended(): void {
    if (this.#broken) return
    this.#channel.close()
    this.#fail(new CallLostError('EOF'))
  }

  failed(error: ProconsulError): void {
    if (!this.#broken) this.#fail(new CallLostError(error.message, { cause: error }))
  }

  #take(value: Buffer): void {
    if (this.#outcome === undefined) throw new RpcFormatError('an answer came to no question')
    if (this.#error === undefined) {
      const { Error: problem, Seq } = ReplyHeader.decode(value)
      if (Seq !== this.#seq) throw new RpcFormatError('an answer came to another question')
      this.#error = problem
      return
    }
    const error = this.#error
    const outcome = this.#outcome
    this.#error = undefined
    this.#outcome = undefined
    if (error === '') {
      outcome.replied(value)
    } else {
      // Some servers end the stream after an error, so nobody uses it again.
      this.close()
      outcome.failed(new RemoteError(error))
    }
  }

  #fail(error: ProconsulError): void {
    const outcome = this.#outcome
    this.#outcome = undefined
    this.#break()
    outcome?.failed(error)
  }

  #break(): void {
    this.#broken = true
    this.#reader.close()
  }
}
