import type { BodyOf, HttpMethod, OperationDescription, ParameterName, ParameterValue, PathName } from './operation.ts'

/** The query parameters of a request; names are exact, as in Consul. */
export interface QueryParameters {
  /** First value, `''` when the name stands alone, undefined when absent. */
  get(name: string): string | undefined
  has(name: string): boolean
  all(name: string): readonly string[]
  /** Every name with each of its values. */
  pairs(): readonly (readonly [name: string, value: string])[]
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

/** An answer that the agent may have kept, and what headers say of that: `X-Cache`, and `Age` in seconds. */
export interface CachedReply {
  readonly bytes: Buffer
  readonly headers: Readonly<Record<string, string>>
}

interface AnyRequest {
  readonly method: HttpMethod
  /** Path as it was sent, without the query. */
  readonly path: string
  /** What `dc` names, as in `options`; known without a look at the others. */
  readonly datacenter: string
  header(name: string): string | undefined
  /**
   * For readers with `cached`, of what nobody keeps up to date: the answer as it was when `fetch` last gave it, or by `fetch`
   * when there is none or it is older than the request's `Cache-Control` takes. All who ask this endpoint the same
   * `question` share the answer and the fetch, whose signal aborts when all of them are gone.
   */
  cached(question: readonly unknown[], fetch: (signal: AbortSignal) => Promise<Buffer>): Promise<CachedReply>
  /** The whole body; refused with 413 beyond the route's limit. */
  body(): Promise<Buffer>
  /** Aborts when the client goes away or the agent stops. */
  readonly signal: AbortSignal
  readonly remoteAddress: string
}

/** A request to a route, whatever its operation declares. */
export interface ApiRequest extends AnyRequest {
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
  /**
   * The body as JSON (src/wire `parseJson`), undefined when empty; refused with 400 when malformed. `prefix` introduces
   * the reason: `Request decode failed: ` when left out.
   */
  json(prefix?: string): Promise<unknown>
  /** As `RequestOf` has it, for operations that are described. */
  parameter(name: string): unknown
  /** As `RequestOf` has it. */
  read(): Promise<unknown>
}

/** Options that not all reads have: those that must be among the query parameters of the operation. */
interface OptionsByParameter {
  near: 'near'
  'node-meta': 'nodeMeta'
  filter: 'filter'
}

/**
 * A request to an operation: what it declares can be asked for, and nothing else. `satisfies ApiDescription` keeps the
 * types of the declaration; see `routesOf`.
 */
export interface RequestOf<O extends OperationDescription> extends AnyRequest {
  /** Decoded path parameters, `''` for an empty one. Bytes that are no UTF-8 come as U+FFFD; `rawParam` has them as they are. */
  readonly params: Readonly<Record<PathName<O>, string>>
  /** A path parameter's bytes as a binary string (one character a byte). For KV keys. */
  rawParam(name: PathName<O>): string
  /** A query parameter, read by its declared type. Throws what the declaration refuses a bad value with. */
  parameter<N extends ParameterName<O>>(name: N): ParameterValue<O, N>
  /** Which query parameters there are, and all of them for refusals that repeat them. */
  readonly query: Pick<QueryParameters, 'pairs'> & { has(name: ParameterName<O>): boolean }
  /** Parsed when first looked at, which throws the 400 of a bad value. */
  readonly options: Omit<
    ReadOptions,
    OptionsByParameter[Exclude<keyof OptionsByParameter, keyof NonNullable<O['query']>>]
  >
  /** The body, read by its declared kind. Throws the 400 that names the field which is not as declared. */
  read(): Promise<BodyOf<O>>
}
