import { assert } from '../../src/kernel/assert.ts'
import type { Question } from '../../src/store/live-query.ts'
import type { View } from '../../src/store/view.ts'
import type { CheckServiceNode, HealthCheck, Node, ServiceNode } from '../../src/wire/structs/catalog.ts'
import type { InstanceFilter, ServiceRow } from './contract.ts'
import { instancesIndex } from './index-rows.ts'
import * as json from './json.ts'
import { encodeWith, hasMeta, instanceKey, metaKey, questionKey, type RowFilter } from './queries.ts'
import { checks, lookupName, nodes, services } from './tables.ts'

/** Instances of a service with their node and checks: those of the node first, then their own. */
export function healthQuestion(
  service: string,
  wanted: InstanceFilter & { readonly passing?: boolean },
  filter?: RowFilter<CheckServiceNode>,
): Question<readonly CheckServiceNode[]> {
  const passing = wanted.passing ?? false
  return {
    key: questionKey('health', ...wantedKey(service, wanted), passing ? 'passing' : '', filter?.key),
    read: (view) => {
      const rows: CheckServiceNode[] = []
      for (const { node, row } of findInstances(view, service, wanted)) {
        const instance = instanceWithChecks(view, node, row)
        if (passing && !instance.Checks.every(isPassing)) continue
        if (filter?.keeps(instance) ?? true) rows.push(instance)
      }
      return rows
    },
    index: (view) => instancesIndex(view, namesOf(view, service, wanted), true),
    encode: encodeWith(json.instanceList),
  }
}

/** An instance with its node and the checks of both. */
export function instanceWithChecks(view: View, node: Node, row: ServiceRow) {
  const checkIndex = view.table(checks).index('byInstance')
  const own = row.ID === '' ? [] : checkIndex.get(instanceKey(row.Node, row.ID))
  return { Node: node, Service: row, Checks: [...checkIndex.get(instanceKey(row.Node, '')), ...own] }
}

/** Instances of a service, each with its node in one row. */
export function serviceNodesQuestion(
  service: string,
  wanted: InstanceFilter,
  filter?: RowFilter<ServiceNode>,
): Question<readonly ServiceNode[]> {
  return {
    key: questionKey('service-nodes', ...wantedKey(service, wanted), filter?.key),
    read: (view) => {
      const rows = findInstances(view, service, wanted).map(({ node, row }) => toServiceNode(node, row))
      return filter ? rows.filter((row) => filter.keeps(row)) : rows
    },
    index: (view) => instancesIndex(view, namesOf(view, service, wanted), false),
    encode: encodeWith(json.serviceNodeList),
  }
}

interface Found {
  readonly node: Node
  readonly row: ServiceRow
}

function findInstances(view: View, service: string, wanted: InstanceFilter): Found[] {
  const tags = wanted.connect ? [] : (wanted.tags ?? []).map(lookupName)
  const nodeTable = view.table(nodes)
  const found: Found[] = []
  for (const row of allInstances(view, service, wanted)) {
    if (!hasTags(row, tags)) continue
    const node = nodeTable.get(row.Node)
    assert(node !== undefined, `the instance ${row.ID} of ${row.Service} has no node ${row.Node}`)
    if (hasMeta(node, wanted.nodeMeta ?? noMeta)) found.push({ node, row })
  }
  return found
}

function allInstances(view: View, service: string, { connect }: InstanceFilter): ServiceRow[] {
  return view
    .table(services)
    .index(connect ? 'byMeshName' : 'byName')
    .get(lookupName(service))
}

/** The services whose indexes the answer has: those that were found before anything was filtered. */
function namesOf(view: View, service: string, wanted: InstanceFilter): string[] {
  if (wanted.connect) return [...new Set(allInstances(view, service, wanted).map(({ Service }) => Service))]
  return view.table(services).index('byName').has(lookupName(service)) ? [service] : []
}

const noMeta = {}

function hasTags({ Tags }: ServiceRow, wanted: readonly string[]): boolean {
  if (wanted.length === 0) return true
  const held = new Set((Tags ?? []).map(lookupName))
  return wanted.every((tag) => held.has(tag))
}

function isPassing({ Status }: HealthCheck): boolean {
  return Status === 'passing'
}

function wantedKey(service: string, { connect, tags, nodeMeta }: InstanceFilter): string[] {
  const sorted = connect ? [] : [...new Set((tags ?? []).map(lookupName))].sort()
  return [
    lookupName(service),
    connect ? 'connect' : '',
    sorted.length === 0 ? '' : JSON.stringify(sorted),
    metaKey(nodeMeta ?? noMeta),
  ]
}

/** An instance and its node in one row. */
export function toServiceNode(node: Node, row: ServiceRow): ServiceNode {
  return {
    ID: node.ID,
    Node: node.Node,
    Address: node.Address,
    Datacenter: node.Datacenter,
    TaggedAddresses: node.TaggedAddresses,
    NodeMeta: node.Meta,
    ServiceKind: row.Kind,
    ServiceID: row.ID,
    ServiceName: row.Service,
    ServiceTags: row.Tags,
    ServiceAddress: row.Address,
    ServiceTaggedAddresses: row.TaggedAddresses,
    ServiceWeights: row.Weights ?? { Passing: 1, Warning: 1 },
    ServiceMeta: row.Meta,
    ServicePort: row.Port,
    ServiceSocketPath: row.SocketPath,
    ServiceEnableTagOverride: row.EnableTagOverride,
    ServiceProxy: row.Proxy,
    ServiceConnect: row.Connect,
    CreateIndex: row.CreateIndex,
    ModifyIndex: row.ModifyIndex,
  }
}
