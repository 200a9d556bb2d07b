import { keyOf, keyPrefix } from '../../src/store/keys.ts'
import type { Question } from '../../src/store/live-query.ts'
import type { TableReader } from '../../src/store/reader.ts'
import type { View } from '../../src/store/view.ts'
import type { Message } from '../../src/wire/schema.ts'
import type { HealthCheck, Node, NodeService } from '../../src/wire/structs/catalog.ts'
import type { NodeState } from './contract.ts'
import * as json from './json.ts'
import { checks, lookupName, nodes, services } from './tables.ts'

/** Narrows a list; `key` says all that `keeps` depends on, because equal questions share their answer. */
export interface RowFilter<Row> {
  readonly key: string
  keeps(row: Row): boolean
}

/** Pairs that a node's meta must have. */
export type NodeMeta = Readonly<Record<string, string>>

export function hasMeta(node: Node | undefined, wanted: NodeMeta): boolean {
  return Object.entries(wanted).every(([key, value]) => {
    const meta = node?.Meta
    return meta != null && Object.hasOwn(meta, key) && meta[key] === value
  })
}

/** Equal for equal pairs, in whatever order they were asked for. */
export function metaKey(wanted: NodeMeta): string {
  const pairs = Object.entries(wanted)
  return pairs.length === 0 ? '' : JSON.stringify(pairs.sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** Every node. */
export function nodesQuestion(meta: NodeMeta, filter?: RowFilter<Node>): Question<readonly Node[]> {
  return {
    key: questionKey('nodes', metaKey(meta), filter?.key),
    read: (view) =>
      view
        .table(nodes)
        .list()
        .filter((node) => hasMeta(node, meta) && (filter?.keeps(node) ?? true)),
    index: (view) => view.tableIndex('nodes'),
    encode: encodeWith(json.nodeList),
    same: sameRows,
  }
}

/** Every service with the tags that its instances have between them, in order. */
export function servicesQuestion(meta: NodeMeta): Question<Readonly<Record<string, readonly string[]>>> {
  const everywhere = Object.keys(meta).length === 0
  return {
    key: questionKey('services', metaKey(meta)),
    read: (view) => {
      const found = new Map<string, Set<string>>()
      const nodeTable = view.table(nodes)
      for (const { Node, Service, Tags } of view.table(services).list()) {
        if (!everywhere && !hasMeta(nodeTable.get(Node), meta)) continue
        const tags = found.get(Service) ?? new Set()
        found.set(Service, tags)
        for (const tag of Tags ?? []) tags.add(tag)
      }
      const named = Object.create(null) as Record<string, string[]>
      for (const [name, tags] of found) named[name] = [...tags].sort()
      return named
    },
    index: (view) => (everywhere ? view.tableIndex('services') : view.tableIndex('services', 'nodes')),
    encode: encodeWith(json.serviceTags),
  }
}

/** A node and what is on it. */
export interface NodeContent {
  readonly node: Node | undefined
  readonly services: readonly NodeService[]
}

/** A node, by its name or by the beginning of its id, with its services. */
export function nodeContentQuestion(
  name: string,
  shape: 'map' | 'list',
  filter?: RowFilter<NodeService>,
): Question<NodeContent> {
  return {
    key: questionKey('node-content', shape, name, filter?.key),
    read: (view) => {
      const node = findNode(view.table(nodes), name)
      if (node === undefined) return { node, services: [] }
      const onNode = view.table(services).list(keyPrefix(lookupName(node.Node)))
      return { node, services: filter ? onNode.filter((service) => filter.keeps(service)) : onNode }
    },
    index: (view) => view.tableIndex('nodes', 'services'),
    encode: ({ node, services }) => {
      if (shape === 'map') return Buffer.from(json.nodeContent(node, services))
      return Buffer.from(json.nodeContentList(node, services, filter !== undefined))
    },
    same: (a, b) => a.node === b.node && sameRows(a.services, b.services),
  }
}

/** One node by its name. */
export function nodeQuestion(name: string): Question<Node | undefined> {
  return {
    key: questionKey('node', lookupName(name)),
    read: (view) => view.table(nodes).get(lookupName(name)),
    index: (view) => view.tableIndex('nodes'),
    encode: (node) => Buffer.from(node === undefined ? 'null' : json.node(node)),
    same: Object.is,
  }
}

/** Checks of a node, of a service, or in a state (`any` for all). */
export type ChecksOf = { readonly node: string } | { readonly service: string } | { readonly state: string }

export function checksQuestion(
  of: ChecksOf,
  meta: NodeMeta,
  filter?: RowFilter<HealthCheck>,
): Question<readonly HealthCheck[]> {
  const anywhere = Object.keys(meta).length === 0
  return {
    key: questionKey('checks', JSON.stringify(of), metaKey(meta), filter?.key),
    read: (view) => {
      const nodeTable = view.table(nodes)
      return listChecks(view, of).filter(
        (check) => (anywhere || hasMeta(nodeTable.get(lookupName(check.Node)), meta)) && (filter?.keeps(check) ?? true),
      )
    },
    index: (view) => view.tableIndex('checks'),
    encode: encodeWith(json.checkList),
    same: sameRows,
  }
}

/** All that the catalog holds of a node: the other side of anti-entropy. */
export function nodeStateQuestion(name: string): Question<NodeState> {
  const key = lookupName(name)
  return {
    key: questionKey('node-state', key),
    read: (view) => ({
      node: view.table(nodes).get(key),
      services: view.table(services).list(keyPrefix(key)),
      checks: view.table(checks).list(keyPrefix(key)),
    }),
    index: (view) => view.tableIndex('nodes', 'services', 'checks'),
    encode: ({ node, services, checks }) => Buffer.from(json.nodeState(node, services, checks)),
    same: (a, b) => a.node === b.node && sameRows(a.services, b.services) && sameRows(a.checks, b.checks),
  }
}

/** Says what a question asks; no part of it can be taken for another. */
export function questionKey(kind: string, ...parts: readonly (string | undefined)[]): string {
  return `catalog/${kind}/${JSON.stringify(parts)}`
}

/** Rows are replaced, never changed: the same objects in the same order say the same. */
function sameRows(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.length === b.length && a.every((row, at) => row === b[at])
}

export function encodeWith<T>(form: Message<T>): (value: T) => Buffer {
  return (value) => Buffer.from(form.toJson(value))
}

function listChecks(view: View, of: ChecksOf): HealthCheck[] {
  const table = view.table(checks)
  if ('node' in of) return table.list(keyPrefix(lookupName(of.node)))
  if ('service' in of) return table.index('byService').get(lookupName(of.service))
  return of.state === 'any' ? table.list() : table.index('byStatus').get(of.state)
}

/** A beginning of an id that only one node has names that node. */
function findNode(table: TableReader<Node, 'byId' | 'byAddress'>, nameOrId: string): Node | undefined {
  const named = table.get(lookupName(nameOrId))
  if (named !== undefined) return named
  const digits = lookupName(nameOrId).replaceAll('-', '')
  if (digits.length < 2 || digits.length > 32 || /[^0-9a-f]/.test(digits)) return undefined
  const even = digits.slice(0, digits.length - (digits.length % 2))
  const prefix = [even.slice(0, 8), even.slice(8, 12), even.slice(12, 16), even.slice(16, 20), even.slice(20)]
    .filter((group) => group !== '')
    .join('-')
  const found = table.index('byId').list(prefix)
  return found.length === 1 ? found[0] : undefined
}

/** Where a node's own checks, or those of one of its instances, are found. */
export function instanceKey(node: string, serviceId: string): string {
  return keyOf(lookupName(node), lookupName(serviceId))
}
