import { method, Nothing, readMethod } from '../../src/rpc/method.ts'
import { type Coordinate, CoordinateUpdateRequest, IndexedCoordinates } from '../../src/wire/structs/coordinate.ts'
import { DCSpecificRequest, NodeSpecificRequest } from '../../src/wire/structs/query.ts'
import type { Members } from '../gossip/contract.ts'
import type { MethodTable } from '../rpc/contract.ts'
import { DatacenterMaps, datacenterMaps } from './datacenters.ts'
import type { Intake } from './intake.ts'
import { inSegment, nodeQuestion, nodesQuestion } from './queries.ts'

/** Which coordinates are asked for: those of one network segment, or of all. Servers give all, agents pick. */
export interface InSegment {
  readonly segment: string | undefined
}

export interface NodeInSegment extends InSegment {
  readonly node: string
}

/** Consul's servers say nothing rather than an empty list. */
const lists = {
  toReply: (rows: readonly Coordinate[]) => ({ Coordinates: rows.length === 0 ? null : rows }),
  fromReply: ({ Coordinates }: IndexedCoordinates, { segment }: InSegment) => inSegment(Coordinates ?? [], segment),
}

/** Where every node stands. */
export const coordinateNodes = readMethod<InSegment, DCSpecificRequest, IndexedCoordinates, readonly Coordinate[]>({
  name: 'Coordinate.ListNodes',
  request: DCSpecificRequest,
  reply: IndexedCoordinates,
  toRequest: () => ({}),
  fromRequest: () => ({ segment: undefined }),
  question: ({ segment }) => nodesQuestion(segment),
  ...lists,
})

/** Where one node stands, in each of its segments. */
export const coordinateNode = readMethod<NodeInSegment, NodeSpecificRequest, IndexedCoordinates, readonly Coordinate[]>(
  {
    name: 'Coordinate.Node',
    request: NodeSpecificRequest,
    reply: IndexedCoordinates,
    toRequest: ({ node }) => ({ Node: node }),
    fromRequest: ({ Node }) => ({ node: Node, segment: undefined }),
    question: ({ node, segment }) => nodeQuestion(node, segment),
    ...lists,
  },
)

/** Tells the leader where a node stands. */
export const coordinateUpdate = method({ name: 'Coordinate.Update', request: CoordinateUpdateRequest, reply: Nothing })

/** Where the servers of each datacenter stand, as one server has measured. */
export const coordinateDatacenters = method({
  name: 'Coordinate.ListDatacenters',
  request: Nothing,
  reply: DatacenterMaps,
})

/** What the server port knows of coordinates. */
export function addCoordinateMethods(methods: MethodTable, intake: Intake, members: Members): void {
  methods.reads(coordinateNodes, coordinateNode)
  methods.add(coordinateUpdate, 'leader', (request) => {
    intake.take(request)
    return {}
  })
  methods.add(coordinateDatacenters, 'anywhere', () => datacenterMaps(members))
}
