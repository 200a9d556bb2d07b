import type { Socket } from 'node:net'
import type { Clock } from '../../src/kernel/clock.ts'
import type { Responder } from './responder.ts'

/** A connection on which nothing happens is closed after this (RFC 7766 §6.2.3 leaves the time to the server). */
const idleMs = 10_000

/** A message that has begun has to be complete by then, however often an octet of it arrives. */
const longestMessageMs = 5_000

/** Questions of one connection that are being answered; more wait in the network. */
const mostPending = 32

/** No question comes near this; a longer one is taken for something that is no DNS. */
const longestQuestion = 4096

/** One client's connection: messages with their length in two octets before them (RFC 1035 §4.2.2), answered as they come. */
export class TcpSession {
  readonly #socket: Socket
  readonly #responder: Responder
  readonly #clock: Clock
  readonly #fault: (error: unknown) => void
  #received: Buffer = Buffer.alloc(0)
  #begunMs = 0
  #pending = 0
  #ended = false

  constructor(socket: Socket, responder: Responder, clock: Clock, fault: (error: unknown) => void) {
    this.#socket = socket
    this.#responder = responder
    this.#clock = clock
    this.#fault = fault
    socket.setTimeout(idleMs, () => socket.destroy())
    socket.on('data', (chunk: Buffer) => this.#receive(chunk))
    socket.on('drain', () => this.#proceed())
    socket.on('end', () => {
      this.#ended = true
      this.#endWhenDone()
    })
    // A reset is how a client hangs up; the socket closes itself.
    socket.on('error', () => {})
  }

  #receive(chunk: Buffer): void {
    const nowMs = this.#clock.monotonicMs()
    if (this.#received.length === 0) this.#begunMs = nowMs
    else if (nowMs - this.#begunMs > longestMessageMs) this.#socket.destroy()
    this.#received = this.#received.length === 0 ? chunk : Buffer.concat([this.#received, chunk])
    this.#proceed()
  }

  /** Takes complete messages out of what was received, as long as their answers find room. */
  #proceed(): void {
    while (this.#received.length >= 2 && !this.#socket.destroyed) {
      if (this.#pending >= mostPending || this.#socket.writableNeedDrain) {
        this.#socket.pause()
        return
      }
      const length = this.#received.readUInt16BE(0)
      if (length > longestQuestion) {
        this.#socket.destroy()
        return
      }
      if (this.#received.length < length + 2) break
      const message = this.#received.subarray(2, length + 2)
      this.#received = this.#received.subarray(length + 2)
      this.#begunMs = this.#clock.monotonicMs()
      this.#answer(message)
    }
    this.#socket.resume()
    this.#endWhenDone()
  }

  #answer(message: Buffer): void {
    this.#pending++
    this.#responder
      .respond(message, 'tcp', this.#socket.remoteAddress)
      .then((response) => response && this.#send(response))
      .catch(this.#fault)
      .finally(() => {
        this.#pending--
        this.#proceed()
      })
  }

  #send(response: Buffer): void {
    if (this.#socket.destroyed) return
    const length = Buffer.allocUnsafe(2)
    length.writeUInt16BE(response.length)
    this.#socket.write(Buffer.concat([length, response]))
  }

  /** A client that has said all it had to say still gets its answers. */
  #endWhenDone(): void {
    if (!this.#ended || this.#pending > 0) return
    if (this.#received.length < 2 || this.#received.length < this.#received.readUInt16BE(0) + 2) this.#socket.end()
  }
}
