import type { DCSpecificRequest, NodeSpecificRequest, ServiceSpecificRequest } from '../../src/wire/structs/query.ts'
import { CatalogRefusedError } from './errors.ts'

/*
 * What readers of the catalog may ask for, and how it stands in the requests of Consul's methods.
 */

/** What narrows and sorts a list. */
export interface ListAsked {
  /** Pairs that a node's meta must have. */
  readonly nodeMeta: Readonly<Record<string, string>>
  /** A filter expression; `''` for none. */
  readonly filter: string
  /** The node from which distances are measured; undefined leaves the order alone. */
  readonly near: string | undefined
}

/** Which instances are asked for. */
export interface InstancesAsked extends ListAsked {
  readonly service: string
  readonly connect: boolean
  /** Every tag must match; for none, tags do not count. */
  readonly tags: readonly string[]
}

export interface ServiceNodesAsked extends InstancesAsked {
  /** Instances of any service that are registered with this IP address of their own; `''` asks by `service`. */
  readonly address: string
}

export interface HealthAsked extends InstancesAsked {
  /** Only those whose checks all pass; the agent that asks sees to that. */
  readonly passing: boolean
  /** The ingress gateways of the service instead. */
  readonly ingress: boolean
}

export interface NodeAsked {
  readonly node: string
  /** A filter expression; `''` for none. */
  readonly filter: string
}

type ListRequest = Pick<DCSpecificRequest, 'NodeMetaFilters' | 'Source' | 'Filter'>

export function listRequest({ nodeMeta, filter, near }: ListAsked): ListRequest {
  const source = { Datacenter: '', Segment: '', Node: near ?? '', Ip: '' }
  return { NodeMetaFilters: Object.keys(nodeMeta).length === 0 ? null : nodeMeta, Source: source, Filter: filter }
}

export function listAsked({ NodeMetaFilters, Source, Filter }: ListRequest): ListAsked {
  return { nodeMeta: NodeMetaFilters ?? {}, filter: Filter, near: Source.Node === '' ? undefined : Source.Node }
}

export function instancesRequest(asked: InstancesAsked) {
  const { service, connect, tags } = asked
  return {
    ...listRequest(asked),
    ServiceName: service,
    Connect: connect,
    TagFilter: tags.length > 0,
    ServiceTags: tags.length > 0 ? tags : null,
  }
}

/** Agents of old knew one tag only. @throws CatalogRefusedError without a name */
export function instancesAsked(request: ServiceSpecificRequest, nameless = false): InstancesAsked {
  const { ServiceName, ServiceTag, ServiceTags, TagFilter, Connect } = request
  if (ServiceName === '' && !nameless) throw new CatalogRefusedError('Must provide service name')
  const tags = ServiceTags ?? (ServiceTag === '' ? [] : [ServiceTag])
  return { ...listAsked(request), service: ServiceName, connect: Connect, tags: TagFilter ? tags : [] }
}

/** A list as Consul's servers send it. */
export function listOf<Row>(rows: readonly Row[], { filter }: { readonly filter: string }): readonly Row[] | null {
  return rows.length === 0 && filter === '' ? null : rows
}

/** How a node is asked for. */
export const ofNode = {
  toRequest: ({ node, filter }: NodeAsked) => ({ Node: node, Filter: filter }),
  fromRequest: ({ Node, Filter }: NodeSpecificRequest): NodeAsked => {
    if (Node === '') throw new CatalogRefusedError('Must provide node')
    return { node: Node, filter: Filter }
  },
}
