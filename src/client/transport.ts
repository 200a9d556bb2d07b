import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest, type RequestOptions } from 'node:https'
import { AgentUnreachableError, UnexpectedResponseError } from './errors.ts'
import { type Endpoint, formatEndpoint } from './settings.ts'

/** Name and values of query parameters; one that is undefined is not sent, an empty text stands alone (`?recurse`). */
export type Query = Readonly<Record<string, string | readonly string[] | undefined>>

export interface Request {
  readonly method: 'GET' | 'PUT' | 'POST' | 'DELETE'
  /** Below the root, `/v1/…`, escaped. */
  readonly path: string
  readonly query?: Query | undefined
  readonly body?: Buffer | string | undefined
  readonly headers?: Readonly<Record<string, string>> | undefined
  readonly signal?: AbortSignal | undefined
}

export interface Answer {
  readonly status: number
  /** Of several of one name the first. Names in lower case. */
  header(name: string): string | undefined
  readonly body: Buffer
}

/** Answers beyond this are refused: no endpoint of Consul sends as much, and memory is finite. */
const answerBytesMax = 512 * 1024 * 1024

/** Sends requests to one agent over connections that are kept. */
export class Transport {
  readonly endpoint: Endpoint
  readonly #agent: HttpAgent

  constructor(endpoint: Endpoint) {
    this.endpoint = endpoint
    this.#agent = endpoint.tls ? new HttpsAgent({ keepAlive: true }) : new HttpAgent({ keepAlive: true })
  }

  /**
   * The whole answer, whatever its status.
   *
   * @throws AgentUnreachableError when none came; the signal's reason when that was aborted
   */
  async send(request: Request): Promise<Answer> {
    const message = await this.#open(request)
    const chunks: Buffer[] = []
    let sizeBytes = 0
    try {
      for await (const chunk of message as AsyncIterable<Buffer>) {
        sizeBytes += chunk.length
        if (sizeBytes > answerBytesMax) throw new Error(`the answer is larger than ${answerBytesMax} bytes`)
        chunks.push(chunk)
      }
    } catch (error) {
      throw this.#failure(request, error)
    }
    return {
      status: message.statusCode ?? 0,
      header: (name) => firstValue(message.headers[name]),
      body: Buffer.concat(chunks),
    }
  }

  /** The pieces of an answer without end as they come. Throws as `send`, and UnexpectedResponseError without success. */
  async *stream(request: Request): AsyncGenerator<Buffer, void, void> {
    const message = await this.#open(request)
    if (message.statusCode !== 200) {
      const body: Buffer[] = []
      for await (const chunk of message as AsyncIterable<Buffer>) body.push(chunk)
      throw new UnexpectedResponseError(message.statusCode ?? 0, Buffer.concat(body).toString().trim())
    }
    try {
      yield* message as AsyncIterable<Buffer>
    } catch (error) {
      if (request.signal?.aborted) return
      throw this.#failure(request, error)
    }
  }

  /** Closes the connections that are kept; requests under way end with an error. */
  close(): void {
    this.#agent.destroy()
  }

  #open(request: Request): Promise<IncomingMessage> {
    const { endpoint } = this
    const { certificates } = endpoint
    const options: RequestOptions = {
      method: request.method,
      path: endpoint.basePath + request.path + formatQuery(this.#withDatacenter(request.query)),
      headers: { ...endpoint.headers, ...request.headers, ...bodyHeaders(request) },
      agent: this.#agent,
      ...(request.signal && { signal: request.signal }),
      ...(endpoint.socketPath === undefined
        ? { host: endpoint.host, port: endpoint.port }
        : { socketPath: endpoint.socketPath }),
      ...(endpoint.tls && {
        rejectUnauthorized: certificates.verify,
        ...(certificates.serverName !== undefined && { servername: certificates.serverName }),
        ...(certificates.ca && { ca: certificates.ca }),
        ...(certificates.certificate && { cert: certificates.certificate }),
        ...(certificates.key && { key: certificates.key }),
      }),
    }
    return new Promise((resolve, reject) => {
      const outgoing = (endpoint.tls ? httpsRequest : httpRequest)(options, resolve)
      outgoing.on('error', (error) => reject(this.#failure(request, error)))
      outgoing.end(request.body)
    })
  }

  #withDatacenter(query: Query | undefined): Query {
    const { datacenter } = this.endpoint
    return datacenter === undefined || query?.dc !== undefined ? (query ?? {}) : { ...query, dc: datacenter }
  }

  #failure({ method, path, query, signal }: Request, error: unknown): unknown {
    if (signal?.aborted) return signal.reason
    const url = formatEndpoint(this.endpoint) + path + formatQuery(this.#withDatacenter(query))
    return new AgentUnreachableError(method, url, reasonOf(error, this.endpoint), { cause: error })
  }
}

/** `?a=1&recurse`, or nothing. */
export function formatQuery(query: Query): string {
  const pairs = Object.entries(query).flatMap(([name, value]) => {
    const values = value === undefined ? [] : typeof value === 'string' ? [value] : value
    return values.map((one) => (one === '' ? name : `${name}=${encodeURIComponent(one)}`))
  })
  return pairs.length === 0 ? '' : `?${pairs.join('&')}`
}

function bodyHeaders({ body }: Request): Record<string, string> {
  return body === undefined ? {} : { 'Content-Length': String(Buffer.byteLength(body)) }
}

/** In the words of Consul's tools, for the ways in which connecting fails every day. */
function reasonOf(error: unknown, { host, port, socketPath }: Endpoint): string {
  const { code, message } = error as NodeJS.ErrnoException
  const dial = socketPath === undefined ? `dial tcp ${host}:${port}` : `dial unix ${socketPath}`
  if (code === 'ECONNREFUSED') return `${dial}: connect: connection refused`
  if (code === 'ENOENT') return `${dial}: connect: no such file or directory`
  if (code === 'EACCES') return `${dial}: connect: permission denied`
  if (code === 'ENOTFOUND') return `dial tcp: lookup ${host}: no such host`
  if (code === 'ETIMEDOUT') return `${dial}: i/o timeout`
  return message
}

function firstValue(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value
}
