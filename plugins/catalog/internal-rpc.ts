import { checkServiceNodeFields, nodeInfoFields } from '../../src/filter/fields.ts'
import { readMethod } from '../../src/rpc/method.ts'
import {
  type CheckServiceNode,
  IndexedNodeDump,
  IndexedNodesWithGateways,
  type NodeInfo,
  ServiceDumpRequest,
} from '../../src/wire/structs/catalog.ts'
import { DCSpecificRequest, NodeSpecificRequest } from '../../src/wire/structs/query.ts'
import { listOf } from './asked.ts'
import { nodeDumpQuestion, nodeInfoQuestion, serviceDumpQuestion } from './dumps.ts'
import { rowFilter } from './filters.ts'

/** One node with everything on it. */
export const nodeInfo = readMethod({
  name: 'Internal.NodeInfo',
  request: NodeSpecificRequest,
  reply: IndexedNodeDump,
  toRequest: (Node: string) => ({ Node }),
  fromRequest: ({ Node }) => Node,
  question: nodeInfoQuestion,
  toReply: (rows) => ({ Dump: listOf(rows, { filter: '' }) }),
  fromReply: ({ Dump }) => Dump ?? [],
})

/** Every node with everything on it; narrowed by a filter unless that is empty. */
export const nodeDump = readMethod({
  name: 'Internal.NodeDump',
  request: DCSpecificRequest,
  reply: IndexedNodeDump,
  toRequest: (filter: string) => ({ Filter: filter }),
  fromRequest: ({ Filter }) => Filter,
  question: (filter) => nodeDumpQuestion(rowFilter<NodeInfo>(filter, nodeInfoFields)),
  toReply: (rows, filter) => ({ Dump: listOf(rows, { filter }) }),
  fromReply: ({ Dump }) => Dump ?? [],
})

export interface ServiceDumpAsked {
  /** Undefined for every kind. */
  readonly kind: string | undefined
  /** A filter expression; `''` for none. */
  readonly filter: string
}

/** Every instance. Gateways are bound to services by configuration entries, of which there are none yet. */
export const serviceDump = readMethod({
  name: 'Internal.ServiceDump',
  request: ServiceDumpRequest,
  reply: IndexedNodesWithGateways,
  toRequest: ({ kind, filter }: ServiceDumpAsked) => ({
    ServiceKind: kind ?? '',
    UseServiceKind: kind !== undefined,
    Filter: filter,
  }),
  fromRequest: ({ ServiceKind, UseServiceKind, Filter }): ServiceDumpAsked => ({
    kind: UseServiceKind ? ServiceKind : undefined,
    filter: Filter,
  }),
  question: ({ kind, filter }) =>
    serviceDumpQuestion(kind, rowFilter<CheckServiceNode>(filter, checkServiceNodeFields)),
  toReply: (rows, asked) => ({ Nodes: listOf(rows, asked), Gateways: null }),
  fromReply: ({ Nodes }) => Nodes ?? [],
})
