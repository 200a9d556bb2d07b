import { type Agent, request as send } from 'node:http'

export interface Answer {
  readonly status: number
  readonly headers: Record<string, string | string[] | undefined>
  readonly body: string
}

export interface Request {
  readonly method?: string
  readonly body?: string | Buffer
  readonly headers?: Record<string, string>
  readonly signal?: AbortSignal
  /** 127.0.0.1 when left out. */
  readonly host?: string
  /** A socket of the file system, in place of a port. */
  readonly socketPath?: string
  /** Keeps connections; a connection of its own when left out. */
  readonly agent?: Agent | undefined
}

/** One request whose path is sent exactly as written; rejects when the connection breaks. */
export function ask(
  port: number,
  path: string,
  { method = 'GET', body, agent, ...more }: Request = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = send({ host: '127.0.0.1', port, path, method, agent: agent ?? false, ...more }, (incoming) => {
      const chunks: Buffer[] = []
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
      incoming.on('error', reject)
      incoming.on('end', () =>
        resolve({
          status: incoming.statusCode!,
          headers: incoming.headers,
          body: Buffer.concat(chunks).toString(),
        }),
      )
    })
    outgoing.on('error', reject)
    outgoing.end(body)
  })
}

/** One request over kept connections; rejects when the connection breaks. */
export function request(agent: Agent, url: string, method = 'GET', body?: string): Promise<Answer> {
  const { port, pathname, search } = new URL(url)
  return ask(Number(port), pathname + search, { method, agent, ...(body !== undefined && { body }) })
}
