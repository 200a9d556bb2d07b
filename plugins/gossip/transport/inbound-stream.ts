import type { Socket } from 'node:net'
import type { Endpoint, PushPull } from '../core/messages.ts'
import { GossipStreamError } from '../wire/errors.ts'
import { encodeMessage } from '../wire/message.ts'
import { encodePushPull } from '../wire/push-pull.ts'
import { noBytes } from '../wire/record.ts'
import { encodeErrorBody, type StreamBody } from '../wire/stream-body.ts'
import { StreamReader } from '../wire/stream-reader.ts'
import { encodeUnit } from '../wire/stream-unit.ts'
import type { TransportCounters } from './counters.ts'
import type { TransportSetup } from './setup.ts'

/** Push/pulls that are answered at once; as memberlist. */
const pushPullsMax = 128

/** What all inbound streams of a pool share. */
export interface StreamLimits {
  /** Bytes that streams which are not yet complete may still take. */
  heldBytesLeft: number
  /** Push/pulls being answered. */
  pushPulls: number
}

/** A stream that another member opened: one request, at most one answer (protocol/gossip.md §4.3). */
export class InboundStream {
  readonly #socket: Socket
  readonly #from: Endpoint
  readonly #setup: TransportSetup
  readonly #counters: TransportCounters
  readonly #limits: StreamLimits
  readonly #reader: StreamReader
  #heldBytes = 0
  #answered = false

  constructor(
    socket: Socket,
    from: Endpoint,
    setup: TransportSetup,
    counters: TransportCounters,
    limits: StreamLimits,
  ) {
    this.#socket = socket
    this.#from = from
    this.#setup = setup
    this.#counters = counters
    this.#limits = limits
    this.#reader = new StreamReader(setup.layers, true)
  }

  begin(): void {
    const socket = this.#socket
    const stopClock = this.#setup.clock.after(this.#setup.tcpTimeoutMs, () => this.#giveUp('it did not end in time'))
    socket.once('close', () => {
      stopClock()
      this.#release()
    })
    socket.on('data', this.#receive)
    socket.once('end', () => {
      if (this.#answered) return
      // Whoever connects and says nothing may be a health check; who breaks off may have trouble.
      if (this.#heldBytes > 0) this.#giveUp('it ended in the middle')
      else socket.destroy()
    })
  }

  readonly #receive = (piece: Buffer): void => {
    this.#counters.streamBytesIn += piece.length
    this.#heldBytes += piece.length
    this.#limits.heldBytesLeft -= piece.length
    if (this.#limits.heldBytesLeft < 0) {
      this.#counters.streamsRefused++
      this.#giveUp('too many streams are half read')
      return
    }
    try {
      const said = this.#reader.push(piece)
      if (said === undefined) return
      this.#done()
      this.#answer(said)
    } catch (error) {
      this.#done()
      if (error instanceof GossipStreamError) this.#refuse(error)
      else {
        this.#socket.destroy()
        this.#setup.events.fault(error)
      }
    }
  }

  /**
   * The other side has said all. What else it sends flows on to nobody: unread, it would turn the end of the connection into
   * a reset, and our answer might be lost.
   */
  #done(): void {
    this.#answered = true
    this.#release()
    this.#socket.off('data', this.#receive)
  }

  #release(): void {
    this.#limits.heldBytesLeft += this.#heldBytes
    this.#heldBytes = 0
  }

  #answer(said: StreamBody): void {
    const { events, name } = this.#setup
    switch (said.type) {
      case 'pushPull':
        if (said.droppedNodes > 0) events.refused(`${said.droppedNodes} members of a push/pull`, this.#from)
        this.#exchange(said.pushPull)
        return
      case 'user':
        this.#socket.end()
        events.userMessage(said.payload, this.#from)
        return
      case 'ping':
        if (said.node !== '' && said.node !== name) this.#socket.destroy()
        else this.#send(encodeMessage({ type: 'ack', seqNo: said.seqNo, payload: noBytes }))
        return
      default:
        throw new GossipStreamError(`a message of type ${said.type} is no request`)
    }
  }

  #exchange(request: PushPull): void {
    const { events } = this.#setup
    const limits = this.#limits
    if (limits.pushPulls >= pushPullsMax) {
      this.#counters.streamsRefused++
      this.#socket.destroy()
      return
    }
    const own = events.answerPushPull(request, this.#from)
    if (own === undefined) {
      this.#socket.destroy()
      return
    }
    limits.pushPulls++
    this.#socket.once('close', () => limits.pushPulls--)
    this.#send(encodePushPull(own), () => events.answeredPushPull(request, this.#from))
  }

  #send(body: Buffer, sent?: () => void): void {
    const unit = encodeUnit(body, this.#setup.layers)
    this.#counters.streamBytesOut += unit.length
    this.#socket.write(unit, (error) => {
      if (error || sent === undefined) return
      try {
        sent()
      } catch (bug) {
        this.#setup.events.fault(bug)
      }
    })
    this.#socket.end()
  }

  #refuse(error: GossipStreamError): void {
    this.#counters.streamsBroken++
    this.#setup.events.refused(error.message, this.#from)
    if (error.tellPeer) this.#send(encodeErrorBody(error.message))
    else this.#socket.destroy()
  }

  /** For what cannot go on, or should not. */
  #giveUp(reason: string): void {
    this.#counters.streamsBroken++
    this.#setup.events.refused(reason, this.#from)
    this.#socket.destroy()
  }
}
