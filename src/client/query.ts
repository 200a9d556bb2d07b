import type { Answer, Query } from './transport.ts'

/** What every read understands. */
export interface ReadOptions {
  readonly datacenter?: string | undefined
  /** In place of the client's token. */
  readonly token?: string | undefined
  /** Waits until the answer's index passes this one: the `index` of an earlier answer. */
  readonly index?: number | bigint | undefined
  /** How long to wait for that; the agent's own 5 minutes when left out. */
  readonly waitMs?: number | undefined
  /** For the one endpoint that waits on a content hash in place of an index. */
  readonly hash?: string | undefined
  /** `stale`: any server may answer. `consistent`: the leader makes sure that it still leads. */
  readonly consistency?: 'default' | 'stale' | 'consistent' | undefined
  /** Content with what the agent has at hand. */
  readonly cached?: boolean | undefined
  /** Sorts by the round trip from this node; `_agent` is the agent's own. */
  readonly near?: string | undefined
  readonly nodeMeta?: Readonly<Record<string, string>> | undefined
  readonly filter?: string | undefined
  readonly signal?: AbortSignal | undefined
}

/** What every write understands. */
export interface WriteOptions {
  readonly datacenter?: string | undefined
  readonly token?: string | undefined
  readonly signal?: AbortSignal | undefined
}

/** What the headers of an answer to a read say. */
export interface ReadMeta {
  /** The index to wait from next; 0 when the endpoint has none. */
  readonly index: number
  readonly lastContactMs: number
  readonly knownLeader: boolean
  readonly effectiveConsistency: string | undefined
  /** `HIT` or `MISS` of a cached read. */
  readonly cache: string | undefined
  /** The hash to wait from next, where there is one. */
  readonly contentHash: string | undefined
}

/** An answer to a read, with what its headers say. */
export interface Read<T> {
  readonly value: T
  readonly meta: ReadMeta
}

export function readQuery(options: ReadOptions): Query {
  const { consistency } = options
  return {
    dc: options.datacenter || undefined,
    index: !options.index ? undefined : String(options.index),
    wait: options.waitMs === undefined ? undefined : `${Math.round(options.waitMs)}ms`,
    hash: options.hash || undefined,
    stale: consistency === 'stale' ? '' : undefined,
    consistent: consistency === 'consistent' ? '' : undefined,
    cached: options.cached ? '' : undefined,
    near: options.near || undefined,
    'node-meta': Object.entries(options.nodeMeta ?? {}).map(([name, value]) => `${name}:${value}`),
    filter: options.filter || undefined,
  }
}

export function tokenHeader(token: string | undefined): Readonly<Record<string, string>> {
  return token === undefined ? {} : { 'X-Consul-Token': token }
}

export function readMeta(answer: Answer): ReadMeta {
  return {
    index: Number(answer.header('x-consul-index') ?? 0),
    lastContactMs: Number(answer.header('x-consul-lastcontact') ?? 0),
    knownLeader: answer.header('x-consul-knownleader') === 'true',
    effectiveConsistency: answer.header('x-consul-effective-consistency'),
    cache: answer.header('x-cache'),
    contentHash: answer.header('x-consul-contenthash'),
  }
}
