import type { HttpMethod, OperationDescription } from '../../src/openapi/operation.ts'
import type { ApiRequest } from '../../src/openapi/request.ts'
import type { LiveQuery } from '../../src/store/live-query.ts'
import type { Read } from '../rpc/contract.ts'

export type { HttpMethod } from '../../src/openapi/operation.ts'
export type {
  ApiRequest,
  CachedReply,
  Consistency,
  QueryParameters,
  ReadOptions,
  RequestOf,
} from '../../src/openapi/request.ts'

/**
 * One endpoint of the HTTP API, as the router takes it. Those of the bundled plugins are made by `routesOf` from the
 * declarations in their `api.ts`.
 */
export interface RouteDeclaration {
  readonly methods: readonly HttpMethod[]
  /**
   * Segments from the root: `/v1/query/:id/execute`, `/v1/health/service/:name`, `/v1/kv/*key`. A parameter in the middle
   * takes one segment. One at the end takes the rest of the path as it is, slashes included, and may be empty: Consul's
   * endpoints answer a missing name themselves (`Missing service name`). Of several paths that fit, the one with
   * the longest fixed beginning is asked, whatever its methods.
   */
  readonly path: string
  /** One line for documents. */
  readonly summary: string
  /** What each method takes and gives; without it, documents know no more than the summary. */
  readonly operations?: Readonly<Partial<Record<string, OperationDescription>>>
  /** Most bytes a body may have; 512 KiB when left out. */
  readonly bodyLimitBytes?: number
  /** The setting that moves the limit, as the refusal names it; `kv_max_value_size` when left out. */
  readonly bodyLimitSetting?: string
  /**
   * Asked so often that it is answered before Koa is entered. Live replies to a GET are then kept by the URL alone, so
   * what `answer` makes of a request without token and `Cache-Control` must follow from its URL.
   */
  readonly hot?: boolean
  readonly answer: (request: ApiRequest) => Reply | Promise<Reply>
}

/** Collects the routes of every feature while the HTTP server builds its table. */
export interface RouteTable {
  add(...routes: RouteDeclaration[]): void
}

/** What a handler answers: a plain object. To refuse, throw a ProconsulError. */
export type Reply = PlainReply | LiveReply | FailedRead | StreamReply

export interface PlainReply {
  readonly kind: 'plain'
  readonly status: number
  /** `application/json` for JSON; undefined sends no Content-Type. */
  readonly type: string | undefined
  readonly body: Buffer | string
  readonly headers?: Readonly<Record<string, string>>
  /** True when `body` is JSON that `?pretty` may indent. */
  readonly json?: boolean
  /** True for an object that answers many requests and never changes: what is sent is put together once. */
  readonly constant?: boolean
}

/** Answered from a live query: index headers, blocking, caching and consistency are the HTTP plugin's work. */
export interface LiveReply {
  readonly kind: 'live'
  // biome-ignore lint/suspicious/noExplicitAny: the reply does not look into the answer
  readonly query: LiveQuery<any>
  /** The same read for when it has to be answered elsewhere; without it, it is answered here or not at all. */
  readonly remote?: Read<unknown>
  /**
   * How to send the current answer; the live query's own bytes as JSON with 200 when left out. A function of its
   * arguments, best one that is the same for all requests: then it is called once per answer. A ProconsulError thrown
   * here is answered with the headers of the read (`Invalid value for ?passing`).
   */
  // biome-ignore lint/suspicious/noExplicitAny: as above
  readonly render?: ((value: any, bytes: () => Buffer) => RenderedAnswer) | undefined
  /** Adds `X-Consul-Effective-Consistency`, which Consul sends on catalog and health reads and not on KV. */
  readonly effectiveConsistency?: boolean
  /** `X-Consul-Query-Backend` of a read that blocked; `blocking-query` when left out. */
  readonly blockingBackend?: 'streaming'
  /** Consul answers `?cached` of this read from its agent's cache: adds `X-Cache` and `Age`. */
  readonly cacheable?: boolean
}

/**
 * A read refused before its question could be put (a bad filter): answered as the error alone would be, with the headers
 * of a read that never met a leader, which Consul sends then on most catalog endpoints.
 */
export interface FailedRead {
  readonly kind: 'failedRead'
  readonly error: unknown
}

export interface RenderedAnswer {
  readonly status: number
  readonly type: string | undefined
  readonly body: Buffer | string
  readonly headers?: Readonly<Record<string, string>>
  /** True where Consul sends the status before it knows the headers of the read, and so without them. */
  readonly bare?: boolean
}

/** An answer without end, such as a log stream. */
export interface StreamReply {
  readonly kind: 'stream'
  readonly type: string | undefined
  readonly chunks: AsyncIterable<Buffer | string>
}

/** The running HTTP interface. */
export interface HttpApi {
  /** Addresses it listens on, once started: `127.0.0.1:8500`, `unix:///run/proconsul.sock`. */
  addresses(): readonly string[]
  /** Every route, for documents. */
  routes(): readonly RouteDeclaration[]
}

declare module '../../src/kernel/hooks.ts' {
  interface Payloads {
    routeTable: RouteTable
  }
}

declare module '../../src/openapi/routes.ts' {
  interface Serving {
    reply: Reply
  }
}

declare module '../../src/kernel/services.ts' {
  interface Services {
    http: HttpApi
  }
}
