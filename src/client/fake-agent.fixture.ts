import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Asked {
  readonly method: string
  /** With the query, as it was sent. */
  readonly url: string
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: string
}

export interface Told {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  /** Text as it is, anything else as JSON. */
  readonly body?: unknown
  /** Close the connection instead of ending the answer. */
  readonly breakOff?: boolean
}

/** An HTTP server that answers as told and remembers what it was asked. */
export class FakeAgent {
  readonly asked: Asked[] = []
  /** Where it listens, and after its end listened; empty on a Unix socket. */
  address = ''
  readonly #server: Server
  answer: (asked: Asked) => Told | Promise<Told> = () => ({})

  private constructor() {
    this.#server = createServer(async (request, response) => {
      const chunks: Buffer[] = []
      for await (const chunk of request) chunks.push(chunk as Buffer)
      const { method = '', url = '', headers } = request
      const asked = { method, url, headers, body: Buffer.concat(chunks).toString() }
      this.asked.push(asked)
      const { status = 200, headers: told = {}, body = null, breakOff = false } = await this.answer(asked)
      const text = typeof body === 'string' ? body : JSON.stringify(body)
      response.writeHead(status, told)
      if (breakOff) response.write(text, () => response.destroy())
      else response.end(text)
    })
  }

  /** Listens on a port of its own, or on a Unix socket. */
  static async listen(socketPath?: string): Promise<FakeAgent> {
    const agent = new FakeAgent()
    await new Promise<void>((resolve) => agent.#server.listen(socketPath ?? { host: '127.0.0.1', port: 0 }, resolve))
    if (socketPath === undefined) agent.address = `127.0.0.1:${(agent.#server.address() as AddressInfo).port}`
    return agent
  }

  /** The newest request, in short. */
  get last(): string {
    const { method, url } = this.asked.at(-1)!
    return `${method} ${url}`
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }
}
