import type { IncomingMessage, ServerResponse } from 'node:http'
import { assert } from '../../src/kernel/assert.ts'
import { bodyValue } from '../../src/openapi/body.ts'
import type { OperationDescription } from '../../src/openapi/operation.ts'
import { parameterValue } from '../../src/openapi/parameters.ts'
import { datacenterOf } from '../../src/rules/datacenter.ts'
import { parseJson } from '../../src/wire/json/parse.ts'
import { isAscii, utf8FromBinary } from '../../src/wire/json/text.ts'
import { parseCacheControl } from './cache-control.ts'
import type { CachedFetches } from './cached-fetches.ts'
import type {
  ApiRequest,
  CachedReply,
  HttpMethod,
  LiveReply,
  QueryParameters,
  ReadOptions,
  RouteDeclaration,
} from './contract.ts'
import type { Endpoint } from './endpoint.ts'
import { ClientGoneError } from './errors.ts'
import { findHeader } from './find-header.ts'
import type { Target } from './path.ts'
import { parseReadOptions, type ReadSurroundings } from './query-options.ts'
import { parseQuery } from './query-parameters.ts'
import type { Rendering } from './rendering.ts'
import type { RequestBodies } from './request-body.ts'

/** What requests share. */
export interface RequestSurroundings extends ReadSurroundings {
  readonly bodies: RequestBodies
  readonly cachedFetches: CachedFetches
  /** Controllers of the signals that requests asked for; aborted when the agent stops. */
  readonly controllers: Set<AbortController>
}

const bodyLimitBytes = 512 * 1024
const bodyLimitSetting = 'kv_max_value_size'

/** A request to an endpoint. What costs something is worked out when it is first looked at. */
export class EndpointRequest implements ApiRequest {
  readonly incoming: IncomingMessage
  readonly response: ServerResponse
  readonly target: Target
  /** The endpoint's route for the method; set before its handler runs. */
  route: RouteDeclaration | undefined
  /** What the handler answered when that was live, and how it was rendered: for whoever may answer the same again. */
  live: { readonly reply: LiveReply; readonly pretty: boolean; readonly rendering: Rendering } | undefined
  readonly endpoint: Endpoint
  readonly #surroundings: RequestSurroundings
  readonly #expectsContinue: boolean
  #query: QueryParameters | undefined
  #options: ReadOptions | undefined
  #rawParams: Readonly<Record<string, string>> | undefined
  #params: Readonly<Record<string, string>> | undefined
  #body: Promise<Buffer> | undefined
  #controller: AbortController | undefined

  constructor(
    incoming: IncomingMessage,
    response: ServerResponse,
    target: Target,
    endpoint: Endpoint,
    surroundings: RequestSurroundings,
    expectsContinue: boolean,
  ) {
    this.incoming = incoming
    this.response = response
    this.target = target
    this.endpoint = endpoint
    this.#surroundings = surroundings
    this.#expectsContinue = expectsContinue
  }

  get method(): HttpMethod {
    return this.incoming.method as HttpMethod
  }

  get path(): string {
    return this.target.raw
  }

  /** Throws BrokenQueryError when it cannot be decoded. */
  get query(): QueryParameters {
    this.#query ??= parseQuery(this.target.query)
    return this.#query
  }

  get options(): ReadOptions {
    this.#options ??= parseReadOptions(
      this.query,
      this.header('cache-control'),
      this.#surroundings,
      isDiscovery(this.endpoint.path),
    )
    return this.#options
  }

  get datacenter(): string {
    return datacenterOf(this.query.get('dc'), this.#surroundings.datacenter)
  }

  parameter(name: string): unknown {
    const declared = this.#operation?.query?.[name]
    if (declared !== undefined) return parameterValue(name, declared, this.query)
    assert(name === 'dc', `${this.method} ${this.endpoint.path} declares no parameter ${name}`)
    return this.query.get(name)
  }

  get params(): Readonly<Record<string, string>> {
    if (this.#params === undefined) {
      const params: Record<string, string> = {}
      for (const [name, bytes] of Object.entries(this.#raw()))
        params[name] = isAscii(bytes) ? bytes : utf8FromBinary(bytes)
      this.#params = params
    }
    return this.#params
  }

  rawParam(name: string): string {
    return this.#raw()[name] ?? ''
  }

  header(name: string): string | undefined {
    const lowerCase = name.toLowerCase()
    if (findHeader(this.incoming, lowerCase) === undefined) return undefined
    const value = this.incoming.headers[lowerCase]
    return Array.isArray(value) ? value.join(', ') : value
  }

  cached(question: readonly unknown[], fetch: (signal: AbortSignal) => Promise<Buffer>): Promise<CachedReply> {
    const key = `${this.endpoint.path} ${JSON.stringify(question)}`
    const control = parseCacheControl(this.header('cache-control'))
    return this.#surroundings.cachedFetches.read(key, control, fetch, this.signal)
  }

  body(): Promise<Buffer> {
    this.#body ??= this.#surroundings.bodies.read(
      this.incoming,
      this.response,
      this.#expectsContinue,
      this.route?.bodyLimitBytes ?? bodyLimitBytes,
      this.route?.bodyLimitSetting ?? bodyLimitSetting,
    )
    return this.#body
  }

  async json(prefix?: string): Promise<unknown> {
    const body = await this.body()
    if (body.length === 0) return undefined
    return parseJson(body, prefix === undefined ? {} : { prefix })
  }

  async read(): Promise<unknown> {
    const declared = this.#operation?.body
    assert(declared !== undefined, `${this.method} ${this.endpoint.path} declares no body`)
    return bodyValue(declared, await this.body())
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      const controller = new AbortController()
      const { controllers } = this.#surroundings
      this.#controller = controller
      controllers.add(controller)
      this.response.on('close', () => {
        controllers.delete(controller)
        if (!this.response.writableFinished) controller.abort(new ClientGoneError())
      })
      if (this.response.destroyed) controller.abort(new ClientGoneError())
    }
    return this.#controller.signal
  }

  get remoteAddress(): string {
    return this.incoming.socket.remoteAddress ?? ''
  }

  get #operation(): OperationDescription | undefined {
    return this.route?.operations?.[this.method]
  }

  #raw(): Readonly<Record<string, string>> {
    this.#rawParams ??= this.endpoint.match(this.target.decoded) ?? {}
    return this.#rawParams
  }
}

/** Endpoints that `discovery_max_stale` speaks of. */
function isDiscovery(path: string): boolean {
  return path.startsWith('/v1/catalog/') || path.startsWith('/v1/health/')
}
