import { bool, duration, type Infer, index, int, list, map, struct, text } from '../schema.ts'

/** Flattened into requests that read: what the caller asks of consistency, blocking and the agent's cache (+QO). */
export const queryOptions = {
  Token: text(),
  MinQueryIndex: index(),
  MaxQueryTime: duration(),
  AllowStale: bool(),
  RequireConsistent: bool(),
  UseCache: bool(),
  MaxStaleDuration: duration(),
  MaxAge: duration(),
  MustRevalidate: bool(),
  StaleIfError: duration(),
  Filter: text(),
  AllowNotModifiedResponse: bool(),
}

/** Flattened into replies to reads: index and freshness of the answer (+QM). */
export const queryMeta = {
  Index: index(),
  LastContact: duration(),
  KnownLeader: bool(),
  ConsistencyLevel: text(),
  NotModified: bool(),
  Backend: int(),
}

/** Flattened into requests that write (+WR). JSON bodies carry no token; it comes in a header. */
export const writeRequest = {
  Token: text({ json: false }),
}

/** Flattened into stored rows: the log indexes of their creation and last change (+RI). */
export const raftIndex = {
  CreateIndex: index(),
  ModifyIndex: index(),
}

export const QueryOptions = struct('QueryOptions', queryOptions)
export type QueryOptions = Infer<typeof QueryOptions>

export const QueryMeta = struct('QueryMeta', queryMeta)
export type QueryMeta = Infer<typeof QueryMeta>

/** The log indexes every stored row carries. */
export const RaftIndex = struct('RaftIndex', raftIndex)
export type RaftIndex = Infer<typeof RaftIndex>

/** Whom to sort results by distance from. */
export const QuerySource = struct('QuerySource', { Datacenter: text(), Segment: text(), Node: text(), Ip: text() })
export type QuerySource = Infer<typeof QuerySource>

export const DCSpecificRequest = struct('DCSpecificRequest', {
  Datacenter: text(),
  NodeMetaFilters: map(text()),
  Source: QuerySource,
  ...queryOptions,
})
export type DCSpecificRequest = Infer<typeof DCSpecificRequest>

export const NodeSpecificRequest = struct('NodeSpecificRequest', { Datacenter: text(), Node: text(), ...queryOptions })
export type NodeSpecificRequest = Infer<typeof NodeSpecificRequest>

export const ServiceSpecificRequest = struct('ServiceSpecificRequest', {
  Datacenter: text(),
  NodeMetaFilters: map(text()),
  ServiceName: text(),
  ServiceKind: text(),
  ServiceTag: text(),
  ServiceTags: list(text()),
  ServiceAddress: text(),
  TagFilter: bool(),
  Source: QuerySource,
  Connect: bool(),
  Ingress: bool(),
  ...queryOptions,
})
export type ServiceSpecificRequest = Infer<typeof ServiceSpecificRequest>

export const ChecksInStateRequest = struct('ChecksInStateRequest', {
  Datacenter: text(),
  NodeMetaFilters: map(text()),
  State: text(),
  Source: QuerySource,
  ...queryOptions,
})
export type ChecksInStateRequest = Infer<typeof ChecksInStateRequest>

export const DatacentersRequest = struct('DatacentersRequest', queryOptions)
export type DatacentersRequest = Infer<typeof DatacentersRequest>
