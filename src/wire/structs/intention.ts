import { bool, bytes, type Infer, int, list, map, optional, struct, text, time } from '../schema.ts'
import { ServiceName } from './catalog.ts'
import { queryMeta, queryOptions, raftIndex, writeRequest } from './query.ts'

export const IntentionHTTPHeaderPermission = struct(
  'IntentionHTTPHeaderPermission',
  {
    Name: text(),
    Present: bool({ omitEmpty: true }),
    Exact: text({ omitEmpty: true }),
    Prefix: text({ omitEmpty: true }),
    Suffix: text({ omitEmpty: true }),
    Regex: text({ omitEmpty: true }),
    Invert: bool({ omitEmpty: true }),
  },
  { snakeCase: true },
)
export type IntentionHTTPHeaderPermission = Infer<typeof IntentionHTTPHeaderPermission>

export const IntentionHTTPPermission = struct(
  'IntentionHTTPPermission',
  {
    PathExact: text({ omitEmpty: true }),
    PathPrefix: text({ omitEmpty: true }),
    PathRegex: text({ omitEmpty: true }),
    Header: list(IntentionHTTPHeaderPermission, { omitEmpty: true }),
    Methods: list(text(), { omitEmpty: true }),
  },
  { snakeCase: true },
)
export type IntentionHTTPPermission = Infer<typeof IntentionHTTPPermission>

/** Allows or denies some HTTP requests of a source. */
export const IntentionPermission = struct('IntentionPermission', {
  Action: text(),
  HTTP: optional(IntentionHTTPPermission, { omitEmpty: true }),
})
export type IntentionPermission = Infer<typeof IntentionPermission>

/** One source among the intentions of a destination. */
export const SourceIntention = struct(
  'SourceIntention',
  {
    Name: text(),
    Action: text({ omitEmpty: true }),
    Permissions: list(IntentionPermission, { omitEmpty: true }),
    Precedence: int(),
    LegacyID: text({ omitEmpty: true }),
    Type: text(),
    Description: text({ omitEmpty: true }),
    LegacyMeta: map(text(), { omitEmpty: true }),
    LegacyCreateTime: optional(time(), { omitEmpty: true }),
    LegacyUpdateTime: optional(time(), { omitEmpty: true }),
  },
  { snakeCase: true },
)
export type SourceIntention = Infer<typeof SourceIntention>

/** Who may connect to whom. */
export const Intention = struct('Intention', {
  ID: text(),
  Description: text(),
  SourceNS: text(),
  SourceName: text(),
  DestinationNS: text(),
  DestinationName: text(),
  SourceType: text(),
  Action: text(),
  Permissions: list(IntentionPermission),
  DefaultAddr: text({ omitEmptyOnWire: true }),
  DefaultPort: int({ omitEmptyOnWire: true }),
  Meta: map(text()),
  Precedence: int(),
  CreatedAt: time(),
  UpdatedAt: time(),
  Hash: bytes(),
  ...raftIndex,
})
export type Intention = Infer<typeof Intention>

/** An edit of the intentions of one destination. */
export const IntentionMutation = struct('IntentionMutation', {
  ID: text(),
  Destination: ServiceName,
  Source: ServiceName,
  Value: optional(SourceIntention),
})
export type IntentionMutation = Infer<typeof IntentionMutation>

export const IntentionRequest = struct('IntentionRequest', {
  Datacenter: text(),
  Op: text(),
  Intention: optional(Intention),
  Mutation: optional(IntentionMutation),
  ...writeRequest,
})
export type IntentionRequest = Infer<typeof IntentionRequest>

/** A side of intentions to look at: those whose destination, or source, is one of these. */
export const IntentionQueryMatch = struct('IntentionQueryMatch', {
  Type: text(),
  Entries: list(struct('IntentionMatchEntry', { Namespace: text(), Name: text() })),
})
export type IntentionQueryMatch = Infer<typeof IntentionQueryMatch>

const sourceAndDestination = {
  SourceNS: text(),
  SourceName: text(),
  DestinationNS: text(),
  DestinationName: text(),
}

/** One way of several to ask for intentions: by id, by one side, by both, or whether a connection is allowed. */
export const IntentionQueryRequest = struct('IntentionQueryRequest', {
  Datacenter: text(),
  IntentionID: text(),
  Match: optional(IntentionQueryMatch),
  Check: optional(struct('IntentionQueryCheck', { ...sourceAndDestination, SourceType: text() })),
  Exact: optional(struct('IntentionQueryExact', sourceAndDestination)),
  ...queryOptions,
})
export type IntentionQueryRequest = Infer<typeof IntentionQueryRequest>

export const IndexedIntentions = struct('IndexedIntentions', {
  Intentions: list(Intention),
  DataOrigin: text(),
  ...queryMeta,
})
export type IndexedIntentions = Infer<typeof IndexedIntentions>
