import { keyPrefix } from '../../src/store/keys.ts'
import type { Question } from '../../src/store/live-query.ts'
import type { View } from '../../src/store/view.ts'
import { list, message } from '../../src/wire/schema.ts'
import { type CheckServiceNode, type Node, NodeInfo } from '../../src/wire/structs/catalog.ts'
import type { ServiceRow } from './contract.ts'
import { kindIndex } from './index-rows.ts'
import { instanceWithChecks } from './instances.ts'
import * as json from './json.ts'
import { encodeWith, questionKey, type RowFilter } from './queries.ts'
import { checks, lookupName, nodes, services } from './tables.ts'

/*
 * Everything at once, as the user interface wants it.
 */

const NodeInfoList = message(list(NodeInfo))

/** Every node with everything on it. */
export function nodeDumpQuestion(filter?: RowFilter<NodeInfo>): Question<readonly NodeInfo[]> {
  return {
    key: questionKey('node-dump', filter?.key),
    read: (view) => {
      const rows = view
        .table(nodes)
        .list()
        .map((node) => infoOf(view, node))
      return filter ? rows.filter((row) => filter.keeps(row)) : rows
    },
    index: (view) => view.tableIndex('nodes', 'services', 'checks'),
    encode: encodeWith(NodeInfoList),
  }
}

/** One node with everything on it, as a list that is empty when it is not there. */
export function nodeInfoQuestion(name: string): Question<readonly NodeInfo[]> {
  return {
    key: questionKey('node-info', lookupName(name)),
    read: (view) => {
      const node = view.table(nodes).get(lookupName(name))
      return node === undefined ? [] : [infoOf(view, node)]
    },
    index: (view) => view.tableIndex('nodes', 'services', 'checks'),
    encode: encodeWith(NodeInfoList),
  }
}

/** Every instance with its node and checks, or those of one kind; ordinary services have the empty kind. */
export function serviceDumpQuestion(
  kind: string | undefined,
  filter?: RowFilter<CheckServiceNode>,
): Question<readonly CheckServiceNode[]> {
  return {
    key: questionKey('service-dump', kind, filter?.key),
    read: (view) => {
      const rows = view
        .table(services)
        .list()
        .filter((row) => kind === undefined || row.Kind === kind)
        .flatMap((row) => instanceOf(view, row))
      return filter ? rows.filter((row) => filter.keeps(row)) : rows
    },
    index: (view) =>
      kind === undefined ? view.tableIndex('nodes', 'services', 'checks') : view.tableIndex(kindIndex(kind)),
    encode: encodeWith(json.instanceList),
  }
}

function instanceOf(view: View, row: ServiceRow): CheckServiceNode[] {
  const node = view.table(nodes).get(row.Node)
  return node === undefined ? [] : [instanceWithChecks(view, node, row)]
}

/** Agents tell a node without services, whose list is nil, from one that has some. */
function infoOf(view: View, { ID, Node, Address, TaggedAddresses, Meta }: Node): NodeInfo {
  const prefix = keyPrefix(lookupName(Node))
  const onNode = view.table(services).list(prefix)
  const checked = view.table(checks).list(prefix)
  return {
    ID,
    Node,
    Address,
    TaggedAddresses,
    Meta,
    Services: onNode.length === 0 ? null : onNode,
    Checks: checked.length === 0 ? null : checked,
  }
}
