import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { serveParent } from '../program.ts'
import { ResponseReader } from './response-reader.ts'
import { cpuSince } from './run-result.ts'

export interface WakeResult {
  /** From sending the change to the last byte of the last reader's answer. */
  readonly elapsedMs: number
  /** To the first reader's answer. */
  readonly firstMs: number
  /** To the answer of the change itself. */
  readonly acknowledgedMs: number
  /** Answers other than 200, the change's own included. */
  readonly failed: number
  /** Of one answer, head and body; undefined when they were not all as long. */
  readonly answerBytes: number | undefined
  readonly loadCpuSeconds: number
}

export type BlockingLoad = typeof commands

interface Reader {
  readonly socket: Socket
  /** Called with the status and size of each answer. */
  answered: (status: number, sizeBytes: number) => void
}

let readers: Reader[] = []
let changer: Reader | undefined

const commands = {
  /** Opens the readers' connections and the one that changes are sent on; they stay for all rounds. */
  async open(port: number, count: number): Promise<void> {
    // A listener's queue is short: connecting all at once would make some wait for a retransmission.
    for (let opened = 0; opened < count; opened += 200) {
      const batch = Array.from({ length: Math.min(200, count - opened) }, () => open(port))
      readers.push(...(await Promise.all(batch)))
    }
    changer = await open(port)
  },

  /** Sends the same blocking request on every connection. */
  async ask(request: Uint8Array): Promise<void> {
    const bytes = Buffer.from(request)
    const written = readers.map(
      ({ socket }) => new Promise<void>((resolve) => void socket.write(bytes, () => resolve())),
    )
    await Promise.all(written)
  },

  /** Sends the change, and waits until it and every reader are answered. */
  async change(request: Uint8Array): Promise<WakeResult> {
    const finished = Promise.withResolvers<void>()
    const cpuBefore = process.cpuUsage()
    const beganAt = performance.now()
    const sizes = new Set<number>()
    let waiting = readers.length + 1
    let firstMs = Number.POSITIVE_INFINITY
    let acknowledgedMs = 0
    let failed = 0
    const count = (status: number) => {
      if (status !== 200) failed++
      if (--waiting === 0) finished.resolve()
    }
    for (const reader of readers) {
      reader.answered = (status, sizeBytes) => {
        if (firstMs === Number.POSITIVE_INFINITY) firstMs = performance.now() - beganAt
        sizes.add(sizeBytes)
        count(status)
      }
    }
    changer!.answered = (status) => {
      acknowledgedMs = performance.now() - beganAt
      count(status)
    }
    changer!.socket.write(request)
    await finished.promise
    const elapsedMs = performance.now() - beganAt
    const answerBytes = sizes.size === 1 ? [...sizes][0] : undefined
    return { elapsedMs, firstMs, acknowledgedMs, failed, answerBytes, loadCpuSeconds: cpuSince(cpuBefore) }
  },

  close(): void {
    for (const { socket } of [...readers, changer!]) {
      socket.removeAllListeners('close')
      socket.destroy()
    }
    readers = []
  },
}

const buffer = Buffer.allocUnsafe(1024 * 1024)

async function open(port: number): Promise<Reader> {
  const responses = new ResponseReader()
  const reader: Reader = {
    answered: (status) => {
      throw new Error(`an answer (${status}) before anything had changed`)
    },
    socket: connect({
      host: '127.0.0.1',
      port,
      noDelay: true,
      onread: {
        buffer,
        callback(length) {
          const response = responses.take(buffer.subarray(0, length))
          if (response !== undefined) reader.answered(response.status, response.sizeBytes)
          return true
        },
      },
    }),
  }
  await once(reader.socket, 'connect')
  reader.socket.on('close', () => {
    throw new Error('the server closed a connection')
  })
  return reader
}

serveParent(commands)
