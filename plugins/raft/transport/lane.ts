import type { Socket } from 'node:net'
import type { Clock } from '../../../src/kernel/clock.ts'
import { ProconsulError } from '../../../src/kernel/errors.ts'
import type { Random } from '../../../src/kernel/random.ts'
import { dial } from './dial.ts'
import { PeerRefusedError, PeerUnreachableError, WrongPeerError } from './errors.ts'
import { ReplyReader } from './reply-reader.ts'
import type { Self } from './wire-header.ts'
import { decodeReply, type Reply } from './wire-replies.ts'
import { encodeRequest, type Request } from './wire-requests.ts'

export interface LaneSetup {
  readonly self: Self
  readonly peer: string
  /** Where the peer is at this moment. */
  readonly address: () => string | undefined
  /** Where to connect from; the system chooses when undefined. */
  readonly localAddress: string | undefined
  readonly clock: Clock
  readonly random: Random
  /** How long an answer, or a connection, may take. */
  readonly timeoutMs: number
  /** Requests that may be unanswered at once; more wait to be sent. */
  readonly underWayMax: number
  /** Requests that may wait to be sent; of more the oldest is dropped. */
  readonly waitingMax: number
  /** Whether requests that wait outlive a failure, because nobody makes them again soon. */
  readonly keepsWaiting: boolean
  readonly answered: (reply: Reply) => void
  /** Requests that were under way will not be answered. */
  readonly failed: (error: ProconsulError) => void
  /** The connection broke, or there is another one after a rest: the peer may have started anew and know less than it said. */
  readonly broke?: () => void
  /** The peer answers. Told once per connection. */
  readonly works: () => void
}

/** Byte by which the server port knows raft (protocol/servers.md §1). */
export const raftByte = 1
/** Pauses between attempts to connect double from the first to the last of these. */
const pauseMs = { first: 10, last: 1000 } as const
/** A connection that nobody uses is closed after this long. */
const idleMs = 120_000
/** Bytes handed to the socket before it must have sent some; the rest waits as entries, which cost nothing more. */
const unsentBytesMax = 4 * 2 ** 20

/**
 * One connection to a peer, made when there is something to send and made again when it breaks. Requests leave in order, many
 * may be under way, and answers come in the same order; that is how each finds its request.
 */
export class Lane {
  readonly #setup: LaneSetup
  #socket: Socket | undefined
  #connected = false
  #answers = new ReplyReader()
  #waiting: Request[] = []
  #underWay: { readonly request: Request; readonly sentAtMs: number }[] = []
  #failures = 0
  #proven = false
  #pausing = false
  #closed = false
  #rested = false
  #cancelTimer: (() => void) | undefined

  constructor(setup: LaneSetup) {
    this.#setup = setup
  }

  send(request: Request): void {
    if (this.#closed) return
    this.#waiting.push(request)
    if (this.#waiting.length > this.#setup.waitingMax) this.#waiting.shift()
    if (this.#connected) this.#flush()
    else this.#open()
  }

  close(): void {
    this.#closed = true
    this.#drop()
    this.#waiting = []
  }

  #open(): void {
    if (this.#socket !== undefined || this.#pausing) return
    const { address, localAddress, clock } = this.#setup
    const known = address()
    const socket =
      known === undefined
        ? undefined
        : dial(known, localAddress, {
            connected: () => this.#current(socket) && this.#begin(),
            data: (bytes) => this.#current(socket) && this.#read(bytes),
            drained: () => this.#current(socket) && this.#flush(),
            ended: (error) => this.#current(socket) && this.#fail(error),
          })
    if (socket === undefined) return void this.#fail(this.#unreachable('its address is not known'))
    this.#socket = socket
    this.#cancelTimer = clock.after(this.#setup.timeoutMs, () => this.#fail(this.#unreachable('no connection in time')))
  }

  /** A socket that was given up may still have something to say. */
  #current(socket: Socket | undefined): boolean {
    return this.#socket !== undefined && this.#socket === socket
  }

  #begin(): void {
    this.#connected = true
    if (this.#rested) this.#setup.broke?.()
    this.#rested = false
    this.#socket!.write(Buffer.of(raftByte))
    this.#flush()
    this.#watch()
  }

  #flush(): void {
    const { clock, self, underWayMax } = this.#setup
    const socket = this.#socket!
    const wasIdle = this.#underWay.length === 0
    while (this.#waiting.length > 0 && this.#underWay.length < underWayMax && socket.writableLength < unsentBytesMax) {
      const request = this.#waiting.shift()!
      this.#underWay.push({ request, sentAtMs: clock.monotonicMs() })
      socket.write(encodeRequest(request, self))
    }
    if (wasIdle && this.#underWay.length > 0) this.#watch()
  }

  #read(bytes: Buffer): void {
    try {
      const socket = this.#socket
      for (const answer of this.#answers.push(bytes)) {
        this.#settle(answer)
        // What the core does with an answer may have ended this connection.
        if (!this.#current(socket)) return
      }
      this.#flush()
    } catch (error) {
      if (!(error instanceof ProconsulError)) throw error
      this.#fail(error, true)
    }
  }

  #settle(bytes: Buffer): void {
    const { peer, answered, works } = this.#setup
    const sent = this.#underWay.shift()
    if (sent === undefined) throw this.#unreachable('it answers what it was not asked')
    const { reply, senderId, refusal } = decodeReply(sent.request, bytes)
    if (refusal !== undefined) throw new PeerRefusedError(this.#shownAddress, refusal)
    if (senderId !== undefined && senderId !== peer) throw new WrongPeerError(this.#shownAddress, peer, senderId)
    this.#failures = 0
    if (!this.#proven) {
      this.#proven = true
      works()
    }
    if (reply !== undefined) answered(reply)
  }

  /** Looks again when the oldest request is due, or the connection has been idle for long. */
  #watch(): void {
    this.#cancelTimer?.()
    const { clock, timeoutMs } = this.#setup
    const oldest = this.#underWay[0]
    const dueMs = oldest === undefined ? idleMs : oldest.sentAtMs + timeoutMs - clock.monotonicMs()
    this.#cancelTimer = clock.after(Math.max(1, dueMs), () => {
      const now = this.#underWay[0]
      if (now === undefined) this.#rest(oldest === undefined)
      else if (clock.monotonicMs() - now.sentAtMs >= timeoutMs) this.#fail(this.#unreachable('no answer in time'))
      else this.#watch()
    })
  }

  #rest(idle: boolean): void {
    if (!idle) return void this.#watch()
    this.#drop()
    this.#rested = true
  }

  #fail(error: ProconsulError, unsettled = false): void {
    const lost = unsettled || this.#underWay.length > 0 || this.#waiting.length > 0
    this.#drop()
    if (this.#closed) return
    const { clock, random, failed } = this.#setup
    const pause = Math.min(pauseMs.last, pauseMs.first * 2 ** this.#failures++)
    this.#pausing = true
    this.#cancelTimer = clock.after(pause * (0.5 + random.fraction() / 2), () => {
      this.#pausing = false
      if (this.#waiting.length > 0) this.#open()
    })
    if (!this.#setup.keepsWaiting) this.#waiting = []
    if (lost) failed(error)
    this.#setup.broke?.()
  }

  #drop(): void {
    this.#cancelTimer?.()
    this.#cancelTimer = undefined
    const socket = this.#socket
    this.#socket = undefined
    this.#connected = false
    this.#proven = false
    this.#underWay = []
    this.#answers = new ReplyReader()
    socket?.destroy()
  }

  #unreachable(reason: string): PeerUnreachableError {
    return new PeerUnreachableError(this.#shownAddress, reason)
  }

  get #shownAddress(): string {
    return this.#setup.address() ?? this.#setup.peer
  }
}
