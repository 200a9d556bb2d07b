import { connect, type Socket } from 'node:net'
import type { WholeRequest } from './requests.ts'

export interface Received {
  readonly status: number
  readonly body: string
}

/** The server said nothing more for so long although an answer was due. */
export class HangError extends Error {
  constructor(waitedMs: number, answered: number, asked: number) {
    super(`${answered} of ${asked} answers after ${waitedMs / 1000} s`)
  }
}

/** The connection ended before the answers were all there, and no answer had said that it would. */
export class ClosedEarlyError extends Error {
  /** The first request without an answer. */
  readonly request: WholeRequest

  constructor(answered: number, requests: readonly WholeRequest[], begun: string, last: Received | undefined) {
    const [request, before] = [requests[answered]!, requests[answered - 1]]
    const behind = before === undefined ? 'at once' : `behind ${before.title} (${last?.status})`
    super(`closed ${behind}, ${answered} of ${requests.length} answered, then came ${JSON.stringify(begun)}`)
    this.request = request
  }
}

/** What came is no HTTP. */
export class GarbledAnswerError extends Error {}

const patienceMs = 30_000

/**
 * Sends the requests one behind the other without waiting, and gives their answers in order: fewer only when the server
 * said that it closes the connection.
 */
export function pipelined(port: number, requests: readonly WholeRequest[]): Promise<Received[]> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1')
    const reader = new AnswerReader(requests.map(({ method }) => method))
    const settle = (error?: Error) => {
      clearTimeout(timer)
      socket.destroy()
      if (error === undefined) resolve(reader.answers)
      else reject(error)
    }
    const timer = setTimeout(
      () => settle(new HangError(patienceMs, reader.answers.length, requests.length)),
      patienceMs,
    )
    socket.setEncoding('latin1')
    socket.on('data', (text: string) => {
      try {
        if (reader.add(text)) settle()
      } catch (error) {
        settle(error as Error)
      }
    })
    // What was sent behind the end of the connection.
    socket.on('error', () => {})
    socket.on('close', () => {
      if (reader.closes || reader.answers.length === requests.length) settle()
      else settle(new ClosedEarlyError(reader.answers.length, requests, reader.rest, reader.answers.at(-1)))
    })
    socket.write(requests.map(({ text }) => text).join(''), 'latin1')
  })
}

/** Sends bytes that may be no whole request, then no more, and waits until the server hangs up too. */
export function ended(port: number, bytes: string): Promise<string> {
  return talk(port, bytes, (socket) => setImmediate(() => socket.end()))
}

/** Sends bytes and is gone, at once or a moment later. */
export function dropped(port: number, bytes: string, afterMs: number): Promise<string> {
  return talk(port, bytes, (socket) => setTimeout(() => socket.destroy(), afterMs))
}

function talk(port: number, bytes: string, then: (socket: Socket) => void): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1')
    let received = ''
    const timer = setTimeout(() => {
      socket.destroy()
      reject(new HangError(patienceMs, 0, 1))
    }, patienceMs)
    socket.setEncoding('latin1')
    socket.on('data', (text: string) => {
      received += text
    })
    socket.on('error', () => {})
    socket.on('close', () => {
      clearTimeout(timer)
      resolve(received)
    })
    socket.on('connect', () => {
      socket.write(bytes, 'latin1')
      then(socket)
    })
  })
}

/** Cuts what a connection brings into answers. */
class AnswerReader {
  readonly answers: Received[] = []
  closes = false
  readonly #methods: readonly string[]
  #text = ''

  constructor(methods: readonly string[]) {
    this.#methods = methods
  }

  /** What came behind the last whole answer. */
  get rest(): string {
    return this.#text
  }

  /** True when the last answer is there. */
  add(text: string): boolean {
    this.#text += text
    while (this.answers.length < this.#methods.length && this.#next()) {}
    return this.answers.length === this.#methods.length
  }

  #next(): boolean {
    const end = this.#text.indexOf('\r\n\r\n')
    if (end < 0) return false
    const head = this.#text.slice(0, end)
    const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(head)?.[1])
    if (Number.isNaN(status)) throw new GarbledAnswerError(`no answer starts like this: ${JSON.stringify(head)}`)
    const rest = this.#text.slice(end + 4)
    if (status === 100) {
      this.#text = rest
      return true
    }
    if (/^connection: close$/im.test(head)) this.closes = true
    const body = this.#body(head, rest, status)
    if (body === undefined) return false
    this.answers.push({ status, body: Buffer.from(body.text, 'latin1').toString() })
    this.#text = rest.slice(body.length)
    return true
  }

  #body(head: string, rest: string, status: number): { readonly text: string; readonly length: number } | undefined {
    if (this.#methods[this.answers.length] === 'HEAD' || status === 204 || status === 304)
      return { text: '', length: 0 }
    const length = Number(/^content-length: (\d+)$/im.exec(head)?.[1])
    if (!Number.isNaN(length)) return rest.length < length ? undefined : { text: rest.slice(0, length), length }
    if (!/^transfer-encoding: chunked$/im.test(head)) {
      throw new GarbledAnswerError(`nothing says where this answer ends: ${JSON.stringify(head)}`)
    }
    let text = ''
    for (let at = 0; ; ) {
      const line = rest.indexOf('\r\n', at)
      if (line < 0) return undefined
      const size = Number.parseInt(rest.slice(at, line), 16)
      if (rest.length < line + 4 + size) return undefined
      text += rest.slice(line + 2, line + 2 + size)
      at = line + 4 + size
      if (size === 0) return { text, length: at }
    }
  }
}
