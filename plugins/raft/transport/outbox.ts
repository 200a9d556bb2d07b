import type { Socket } from 'node:net'

/** A place for the answer to one request. */
export interface Slot {
  /** Sends the answer once those before it are sent. Called once; harmless when the connection is gone. */
  fill(answer: Buffer): void
}

/** Answers a connection waits for at most; then nothing more is read from it. */
const waitingMax = 256

/** The answers of one connection: they leave in the order of the requests, whenever they were ready. */
export class Outbox {
  readonly #socket: Socket
  readonly #slots: { answer: Buffer | undefined }[] = []
  #roomy: (() => void) | undefined

  constructor(socket: Socket) {
    this.#socket = socket
    socket.on('drain', () => this.#tell())
    socket.once('close', () => this.#tell())
  }

  reserve(): Slot {
    const slot = { answer: undefined as Buffer | undefined }
    this.#slots.push(slot)
    return {
      fill: (answer) => {
        slot.answer = answer
        this.#flush()
      },
    }
  }

  /** Resolves when another request may be read. */
  async room(): Promise<void> {
    while (!this.#hasRoom()) {
      await new Promise<void>((resolve) => {
        this.#roomy = resolve
      })
    }
  }

  #hasRoom(): boolean {
    if (this.#socket.destroyed) return true
    return this.#slots.length < waitingMax && !this.#socket.writableNeedDrain
  }

  #flush(): void {
    let ready = 0
    while (ready < this.#slots.length && this.#slots[ready]!.answer !== undefined) ready++
    const answers = this.#slots.splice(0, ready).map(({ answer }) => answer!)
    if (answers.length === 0) return
    if (!this.#socket.destroyed) this.#socket.write(answers.length === 1 ? answers[0]! : Buffer.concat(answers))
    this.#tell()
  }

  #tell(): void {
    if (this.#roomy === undefined || !this.#hasRoom()) return
    this.#roomy()
    this.#roomy = undefined
  }
}
