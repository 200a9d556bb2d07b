import type { Answered, Body, OperationName } from './operations.ts'

/*
 * What bodies and answers are made of, in Consul's field names: inferred from the declarations that the agent serves, so
 * that the two cannot disagree.
 */

type Rows<N extends OperationName> = NonNullable<Answered<N>>
type Row<N extends OperationName> = Rows<N> extends readonly (infer R)[] ? R : never

/** A key with its value. The key is ordinary text here; bytes that are no UTF-8 come as U+FFFD. */
export type KvEntry = Row<'GET /v1/kv/*key'>
export type Node = Row<'GET /v1/catalog/nodes'>
export type ServiceNode = Row<'GET /v1/catalog/service/:name'>
export type NodeServices = Rows<'GET /v1/catalog/node/:name'>
export type HealthCheck = Row<'GET /v1/health/node/:name'>
/** An instance of a service with its node and checks. */
export type CheckServiceNode = Row<'GET /v1/health/service/:name'>
export type AgentService = Answered<'GET /v1/agent/service/:id'>
export type Member = Row<'GET /v1/agent/members'>
export type Session = Row<'GET /v1/session/list'>
export type Coordinate = Row<'GET /v1/coordinate/nodes'>
export type DatacenterMap = Row<'GET /v1/coordinate/datacenters'>
export type KeyringResponse = Row<'GET /v1/operator/keyring'>
export type AutopilotConfig = Answered<'GET /v1/operator/autopilot/configuration'>
export type RaftConfigurationResponse = Answered<'GET /v1/operator/raft/configuration'>

/** What `/v1/agent/self` tells; sections and keys differ between versions. */
export interface AgentSelf {
  readonly Config: { readonly Datacenter: string; readonly NodeName: string; readonly [key: string]: unknown }
  readonly Stats?: Readonly<Record<string, Readonly<Record<string, string>>>>
  readonly [key: string]: unknown
}

/** Nanoseconds, or text such as `10s`. */
export type Duration = string | number
export type CheckStatus = 'passing' | 'warning' | 'critical'

/** Any part of what a body may say: what is left out has its default. */
type Part<T> = T extends Buffer | string | number | boolean | null
  ? T
  : T extends readonly (infer E)[]
    ? readonly Part<E>[]
    : { readonly [F in keyof T]?: (F extends DurationField ? Wide<T[F]> : Part<T[F]>) | undefined }
type DurationField = 'TTL' | 'Interval' | 'Timeout' | 'DeregisterCriticalServiceAfter' | 'LockDelay'
/** A duration; text remains text. */
type Wide<T> = T extends number ? Duration : T

type ServiceBody = Body<'PUT /v1/agent/service/register'>['definition']
type CheckBody = Body<'PUT /v1/agent/check/register'>['definition']

/** Members of checks whose types are those of plugins, and Consul's other spellings (`Args`). */
type Others = Readonly<Record<string, unknown>>

/** A service to register on an agent. */
export type ServiceRegistration = Omit<Part<ServiceBody>, 'Name' | 'Check' | 'Checks'> & {
  readonly Name: string
  readonly Check?: CheckDefinition
  readonly Checks?: readonly CheckDefinition[]
} & Others

/** How a check is done; which fields are set says what kind it is. */
export type CheckDefinition = Omit<Part<CheckBody>, 'Status' | 'ServiceID'> & { readonly Status?: CheckStatus } & Others

/** A check to register by itself: of the node, or with `ServiceID` of a service. */
export type CheckRegistration = CheckDefinition & { readonly Name: string; readonly ServiceID?: string }

/** A session to create; everything has a default. */
export type SessionDefinition = Omit<Part<Body<'PUT /v1/session/create'>>, 'Behavior'> & {
  readonly Behavior?: 'release' | 'delete'
}
