import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'

/** One direction between two servers, by their numbers. */
type Way = `${number}-${number}`

/**
 * The network between servers, in user space. Each server advertises an address of its own here and listens on another behind it;
 * who calls shows by the address it calls from. A way that is cut loses nothing: bytes wait, as they do in TCP while packets
 * get lost, and go on when it is healed.
 */
export class RaftProxy {
  readonly #listeners: Server[] = []
  readonly #cut = new Set<Way>()
  readonly #pipes = new Set<Pipe>()
  readonly #sockets = new Set<Socket>()
  #delayMs = 0

  /** Stands in front of server `to`: listens on `front` and calls `back`, both on `port`. `numberOf` knows callers. */
  async open(to: number, front: string, back: string, port: number, numberOf: (address: string) => number) {
    const listener = createServer({ noDelay: true, allowHalfOpen: false }, (caller) => {
      const from = numberOf(caller.remoteAddress ?? '')
      const called = connect({ host: back, port, noDelay: true })
      this.#pipe(caller, called, `${from}-${to}`)
      this.#pipe(called, caller, `${to}-${from}`)
    })
    listener.listen(port, front)
    await once(listener, 'listening')
    this.#listeners.push(listener)
  }

  /** Cuts all ways between servers of different groups. */
  partition(...groups: readonly (readonly number[])[]): void {
    for (const group of groups) {
      for (const other of groups) {
        if (group !== other) for (const from of group) for (const to of other) this.cut(from, to)
      }
    }
  }

  /** Cuts one direction. */
  cut(from: number, to: number): void {
    this.#cut.add(`${from}-${to}`)
  }

  /** From now on bytes take this long. */
  delay(delayMs: number): void {
    this.#delayMs = delayMs
  }

  heal(): void {
    this.#cut.clear()
    for (const pipe of this.#pipes) pipe.flush()
  }

  close(): void {
    for (const listener of this.#listeners) listener.close()
    for (const socket of this.#sockets) socket.destroy()
  }

  #pipe(source: Socket, target: Socket, way: Way): void {
    const pipe = new Pipe(
      target,
      () => this.#cut.has(way),
      () => this.#delayMs,
    )
    this.#pipes.add(pipe)
    this.#sockets.add(source)
    source.on('data', (bytes) => pipe.push(bytes as Buffer))
    source.on('error', () => {})
    source.on('close', () => {
      this.#sockets.delete(source)
      this.#pipes.delete(pipe)
      pipe.end()
    })
  }
}

/** One direction of one connection. */
class Pipe {
  readonly #target: Socket
  readonly #isCut: () => boolean
  readonly #delayMs: () => number
  #held: Buffer[] = []
  /** How many of those, the last ones, are still on their way. */
  #late = 0
  #clearAtMs = 0
  #ended = false

  constructor(target: Socket, isCut: () => boolean, delayMs: () => number) {
    this.#target = target
    this.#isCut = isCut
    this.#delayMs = delayMs
  }

  push(bytes: Buffer): void {
    // Never before what came earlier, though the delay may have changed since.
    this.#clearAtMs = Math.max(this.#clearAtMs, performance.now() + this.#delayMs())
    const waitMs = this.#clearAtMs - performance.now()
    this.#held.push(bytes)
    this.#late++
    if (waitMs > 0) setTimeout(() => this.#arrived(), waitMs)
    else this.#arrived()
  }

  /** The source is gone: so is the target, unless nobody could have told it. */
  end(): void {
    this.#ended = true
    this.flush()
  }

  flush(): void {
    if (this.#isCut()) return
    for (const bytes of this.#held.splice(0, this.#held.length - this.#late)) this.#target.write(bytes)
    if (this.#ended) this.#target.destroy()
  }

  #arrived(): void {
    this.#late--
    this.flush()
  }
}
