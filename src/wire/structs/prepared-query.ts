import { bool, type Infer, int, list, map, optional, struct, text } from '../schema.ts'
import { CheckServiceNode } from './catalog.ts'
import { QuerySource, queryMeta, queryOptions, raftIndex, writeRequest } from './query.ts'

export const QueryTemplateOptions = struct('QueryTemplateOptions', {
  Type: text(),
  Regexp: text(),
  RemoveEmptyTags: bool(),
})
export type QueryTemplateOptions = Infer<typeof QueryTemplateOptions>

/** Where to look when no instance is left here: the nearest datacenters, then those listed. */
export const QueryDatacenterOptions = struct('QueryDatacenterOptions', { NearestN: int(), Datacenters: list(text()) })
export type QueryDatacenterOptions = Infer<typeof QueryDatacenterOptions>

/** Which instances a prepared query answers. */
export const ServiceQuery = struct('ServiceQuery', {
  Service: text(),
  Failover: QueryDatacenterOptions,
  OnlyPassing: bool(),
  IgnoreCheckIDs: list(text()),
  Near: text(),
  Tags: list(text()),
  NodeMeta: map(text()),
  ServiceMeta: map(text()),
  Connect: bool(),
})
export type ServiceQuery = Infer<typeof ServiceQuery>

export const QueryDNSOptions = struct('QueryDNSOptions', { TTL: text() })
export type QueryDNSOptions = Infer<typeof QueryDNSOptions>

export const PreparedQuery = struct('PreparedQuery', {
  ID: text(),
  Name: text(),
  Session: text(),
  Token: text(),
  Template: QueryTemplateOptions,
  Service: ServiceQuery,
  DNS: QueryDNSOptions,
  ...raftIndex,
})
export type PreparedQuery = Infer<typeof PreparedQuery>

export const PreparedQueryRequest = struct('PreparedQueryRequest', {
  Datacenter: text(),
  Op: text(),
  Query: optional(PreparedQuery),
  ...writeRequest,
})
export type PreparedQueryRequest = Infer<typeof PreparedQueryRequest>

export const PreparedQuerySpecificRequest = struct('PreparedQuerySpecificRequest', {
  Datacenter: text(),
  QueryID: text(),
  ...queryOptions,
})
export type PreparedQuerySpecificRequest = Infer<typeof PreparedQuerySpecificRequest>

export const IndexedPreparedQueries = struct('IndexedPreparedQueries', { Queries: list(PreparedQuery), ...queryMeta })
export type IndexedPreparedQueries = Infer<typeof IndexedPreparedQueries>

export const PreparedQueryExecuteRequest = struct('PreparedQueryExecuteRequest', {
  Datacenter: text(),
  QueryIDOrName: text(),
  Limit: int(),
  Connect: bool(),
  Source: QuerySource,
  Agent: QuerySource,
  ...queryOptions,
})
export type PreparedQueryExecuteRequest = Infer<typeof PreparedQueryExecuteRequest>

/** Sent to the servers of another datacenter, with the query itself. */
export const PreparedQueryExecuteRemoteRequest = struct('PreparedQueryExecuteRemoteRequest', {
  Datacenter: text(),
  Query: PreparedQuery,
  Limit: int(),
  Connect: bool(),
  ...queryOptions,
})
export type PreparedQueryExecuteRemoteRequest = Infer<typeof PreparedQueryExecuteRemoteRequest>

export const PreparedQueryExecuteResponse = struct('PreparedQueryExecuteResponse', {
  Service: text(),
  Nodes: list(CheckServiceNode, { nil: '[]' }),
  DNS: QueryDNSOptions,
  Datacenter: text(),
  Failovers: int(),
  ...queryMeta,
})
export type PreparedQueryExecuteResponse = Infer<typeof PreparedQueryExecuteResponse>

export const PreparedQueryExplainResponse = struct('PreparedQueryExplainResponse', {
  Query: PreparedQuery,
  ...queryMeta,
})
export type PreparedQueryExplainResponse = Infer<typeof PreparedQueryExplainResponse>
