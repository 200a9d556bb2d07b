import { type Infer, list, map, message, text } from '../wire/schema.ts'
import { HealthCheck, Node, ServiceNode } from '../wire/structs/catalog.ts'
import { Coordinate, DatacenterMap } from '../wire/structs/coordinate.ts'
import { HttpCheckServiceNode, HttpHealthCheck } from '../wire/structs/http.ts'
import { DirEntry } from '../wire/structs/kv.ts'
import { Member } from '../wire/structs/member.ts'
import { Session } from '../wire/structs/session.ts'

/*
 * What answers are made of, in Consul's field names. Each is the declaration that the server writes its JSON from, so that
 * the two cannot disagree.
 */

/** A key with its value. The key is ordinary text here; bytes that are no UTF-8 come as U+FFFD. */
export const KvEntry = DirEntry.view({ Key: { kind: text() } })
export type KvEntry = Infer<typeof KvEntry>

export const KvEntries = message(list(KvEntry))
export const Texts = message(list(text()))
export const Nodes = message(list(Node))
export const ServiceNodes = message(list(ServiceNode))
export const ServiceTags = message(map(list(text())))
export const Checks = message(list(HttpHealthCheck))
export const Instances = message(list(HttpCheckServiceNode))
export const Sessions = message(list(Session))
export const Coordinates = message(list(Coordinate))
export const DatacenterMaps = message(list(DatacenterMap))
export const ChecksById = message(map(HealthCheck))
export const SingleText = message(text())

export const Members = message(list(Member))

/** What `/v1/agent/self` tells; sections and keys differ between versions. */
export interface AgentSelf {
  readonly Config: { readonly Datacenter: string; readonly NodeName: string; readonly [key: string]: unknown }
  readonly Stats?: Readonly<Record<string, Readonly<Record<string, string>>>>
  readonly [key: string]: unknown
}

/** A service to register on an agent. Durations are texts such as `10s`, or nanoseconds. */
export interface ServiceRegistration {
  readonly Name: string
  readonly ID?: string
  readonly Kind?: string
  readonly Address?: string
  readonly Port?: number
  readonly Tags?: readonly string[]
  readonly Meta?: Readonly<Record<string, string>>
  readonly Weights?: { readonly Passing: number; readonly Warning: number }
  readonly Check?: CheckDefinition
  readonly Checks?: readonly CheckDefinition[]
  readonly [field: string]: unknown
}

/** How a check is done; which fields are set says what kind it is. */
export interface CheckDefinition {
  readonly CheckID?: string
  readonly Name?: string
  readonly Notes?: string
  readonly Status?: CheckStatus
  readonly TTL?: Duration
  readonly HTTP?: string
  readonly TCP?: string
  readonly Args?: readonly string[]
  readonly Interval?: Duration
  readonly Timeout?: Duration
  readonly DeregisterCriticalServiceAfter?: Duration
  readonly [field: string]: unknown
}

/** A check to register by itself: of the node, or with `ServiceID` of a service. */
export interface CheckRegistration extends CheckDefinition {
  readonly Name: string
  readonly ServiceID?: string
}

export type Duration = string | number
export type CheckStatus = 'passing' | 'warning' | 'critical'

/** A session to create; everything has a default. */
export interface SessionDefinition {
  readonly Name?: string
  readonly Node?: string
  readonly TTL?: string
  readonly LockDelay?: Duration
  readonly Behavior?: 'release' | 'delete'
  readonly NodeChecks?: readonly string[]
  readonly ServiceChecks?: readonly { readonly ID: string }[]
}

export type { AgentService } from '../wire/structs/agent.ts'
export type { CheckServiceNode, HealthCheck, Node, ServiceNode } from '../wire/structs/catalog.ts'
export type { Coordinate, DatacenterMap } from '../wire/structs/coordinate.ts'
export type { KeyringResponse } from '../wire/structs/keyring.ts'
export type { Member } from '../wire/structs/member.ts'
export type { AutopilotConfig, RaftConfigurationResponse } from '../wire/structs/operator.ts'
export type { Session } from '../wire/structs/session.ts'
