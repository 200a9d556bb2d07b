import type { OperationDescription } from '../../src/openapi/operation.ts'
import type { LiveQuery } from '../../src/store/live-query.ts'
import type { Read } from '../rpc/contract.ts'

export type HttpMethod = 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE' | 'PATCH'

/** One endpoint of the HTTP API: the single declaration from which router, help and documents come. */
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
  /** What each method takes and gives, for documents and the checks that follow them; see `describeRoutes`. */
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

/** The query parameters of a request; names are exact, as in Consul. */
export interface QueryParameters {
  /** First value, `''` when the name stands alone, undefined when absent. */
  get(name: string): string | undefined
  has(name: string): boolean
  all(name: string): readonly string[]
  /** Every name once, in the order in which they came. */
  names(): readonly string[]
}

export type Consistency = 'default' | 'consistent' | 'stale'

/** What every read of Consul's API understands. */
export interface ReadOptions {
  /** 0 when the request does not block. */
  readonly index: number
  /** How long a blocking request may wait: `wait`, else 5 minutes, at most 10; with the jitter of up to a sixteenth added. */
  readonly waitMs: number
  readonly consistency: Consistency
  /** An answer from a server that has heard of its leader longer ago is not taken: the leader is asked then. 0 takes any. */
  readonly maxStaleMs: number
  /** `cached`: the reader is content with what the agent has at hand. */
  readonly cached: boolean
  /** `dc`, or this agent's own datacenter, whose name is given as configured whatever the letter case asked for. */
  readonly datacenter: string
  /** Name of a node; this agent's own where `_agent` was asked for. */
  readonly near: string | undefined
  /** `node-meta` pairs. */
  readonly nodeMeta: Readonly<Record<string, string>>
  /** The `filter` expression, not compiled. */
  readonly filter: string | undefined
}

export interface ApiRequest {
  readonly method: HttpMethod
  /** Path as it was sent, without the query. */
  readonly path: string
  /** Decoded path parameters. Bytes that are no UTF-8 come as U+FFFD; `rawParam` has them as they are. */
  readonly params: Readonly<Record<string, string>>
  /** A path parameter's bytes as a binary string (one character a byte). For KV keys. */
  rawParam(name: string): string
  readonly query: QueryParameters
  /**
   * Parsed when first looked at, which throws the 400 of a bad value: an endpoint that never looks at `index` does not
   * mind a bad one, as in Consul.
   */
  readonly options: ReadOptions
  header(name: string): string | undefined
  /** The whole body; refused with 413 beyond the route's limit. */
  body(): Promise<Buffer>
  /**
   * The body as JSON (src/wire `parseJson`), undefined when empty; refused with 400 when malformed. `prefix` introduces
   * the reason: `Request decode failed: ` when left out.
   */
  json(prefix?: string): Promise<unknown>
  /** Aborts when the client goes away or the agent stops. */
  readonly signal: AbortSignal
  readonly remoteAddress: string
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

declare module '../../src/kernel/services.ts' {
  interface Services {
    http: HttpApi
  }
}
