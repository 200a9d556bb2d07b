import { ProconsulError } from '../../src/kernel/errors.ts'
import type { Channel, ChannelHandler } from '../../src/rpc/channel.ts'
import { RpcFormatError } from '../../src/rpc/errors.ts'
import { ReplyHeader, RequestHeader } from '../../src/rpc/messages.ts'
import { Nothing } from '../../src/rpc/method.ts'
import { type Budget, ValueReader } from '../../src/rpc/value-reader.ts'
import { MalformedMsgpackError } from '../../src/wire/errors.ts'
import type { Infer } from '../../src/wire/schema.ts'
import { MethodUnknownError } from './errors.ts'

/** Answers calls. */
export interface Answerer {
  /** The encoded reply. Rejects with a ProconsulError whose text goes to the caller; anything else is a bug. */
  answer(method: string, body: Buffer, signal: AbortSignal): Promise<Buffer>
  /** Told of bugs, which callers learn nothing of. */
  report(error: unknown): void
}

/** The largest request that is taken; the largest that Consul's limits can be set to. */
const requestBytesMax = 64 * 2 ** 20
/** Below this a header and a body leave as one piece. */
const joinedBytesMax = 16 * 1024

const nothing = Nothing.encode({})

/** Reads the requests of one channel and answers them in strict turns (protocol/servers.md §4). */
export class ServedStream implements ChannelHandler {
  readonly #channel: Channel
  readonly #answerer: Answerer
  readonly #reader: ValueReader
  #header: Infer<typeof RequestHeader> | undefined
  #underWay: AbortController | undefined
  #over = false

  constructor(channel: Channel, answerer: Answerer, budget: Budget) {
    this.#channel = channel
    this.#answerer = answerer
    this.#reader = new ValueReader(requestBytesMax, budget, (sizeBytes) => channel.consumed(sizeBytes))
  }

  data(bytes: Buffer): void {
    if (this.#over) return
    this.#reader.add(bytes)
    this.#advance()
  }

  /** The caller says no more, and waits for no answer: a call that waits for something is given up. */
  ended(): void {
    this.#finish()
    this.#channel.close()
  }

  failed(): void {
    this.#finish()
  }

  #advance(): void {
    try {
      while (this.#underWay === undefined && !this.#over) {
        const value = this.#reader.next()
        if (value === undefined) return
        if (this.#header === undefined) this.#header = RequestHeader.decode(value)
        else void this.#answer(this.#header, value)
      }
    } catch (error) {
      if (!(error instanceof RpcFormatError) && !(error instanceof MalformedMsgpackError)) throw error
      this.#finish()
      this.#channel.reset()
    }
  }

  async #answer({ Seq, ServiceMethod }: Infer<typeof RequestHeader>, body: Buffer): Promise<void> {
    const underWay = new AbortController()
    this.#header = undefined
    this.#underWay = underWay
    let reply = nothing
    let problem = ''
    let last = false
    try {
      reply = await this.#answerer.answer(ServiceMethod, body, underWay.signal)
    } catch (error) {
      if (underWay.signal.aborted) return
      problem = this.#textOf(error)
      last = error instanceof MethodUnknownError || error instanceof MalformedMsgpackError
    }
    if (this.#over) return
    this.#send(ReplyHeader.encode({ Error: problem, Seq, ServiceMethod }), reply)
    this.#underWay = undefined
    if (last) {
      this.#finish()
      this.#channel.close()
    } else {
      this.#advance()
    }
  }

  #textOf(error: unknown): string {
    if (error instanceof ProconsulError) return error.message
    this.#answerer.report(error)
    return 'rpc: the server failed to carry out the request; its log says why'
  }

  #send(header: Buffer, reply: Buffer): void {
    if (reply.length < joinedBytesMax) {
      this.#channel.write(Buffer.concat([header, reply]))
    } else {
      this.#channel.write(header)
      this.#channel.write(reply)
    }
  }

  #finish(): void {
    if (this.#over) return
    this.#over = true
    this.#reader.close()
    this.#underWay?.abort(new CallerGoneError())
  }
}

/** Nobody waits for the answer any more. */
export class CallerGoneError extends ProconsulError {
  override readonly code = 'rpc_caller_gone'

  constructor() {
    super('the caller went away')
  }
}
