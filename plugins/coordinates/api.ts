import type { ApiDescription, QueryParameter } from '../../src/openapi/operation.ts'
import { list } from '../../src/wire/schema.ts'
import { Coordinate, CoordinateUpdateRequest, DatacenterMap } from '../../src/wire/structs/coordinate.ts'

const segment = { type: 'text', help: 'Only coordinates of this network segment.' } satisfies QueryParameter

/** What `/v1/coordinate` takes and gives. */
export const coordinatesApi = {
  'GET /v1/coordinate/datacenters': {
    summary: 'Where the servers of each datacenter stand.',
    answers: { 200: { help: 'Servers by datacenter.', json: list(DatacenterMap) } },
  },
  'GET /v1/coordinate/nodes': {
    summary: 'Where every node stands.',
    hot: true,
    query: { segment },
    shared: 'blocking',
    answers: { 200: { help: 'Nodes with their coordinates.', json: list(Coordinate) } },
  },
  'GET /v1/coordinate/node/:name': {
    summary: 'Where a node stands; 404 when that is not known.',
    hot: true,
    path: { name: 'Name of the node.' },
    query: { segment },
    shared: 'blocking',
    answers: {
      200: { help: 'Its coordinates, one a segment.', json: list(Coordinate) },
      404: { help: 'None is known.' },
    },
  },
  'PUT /v1/coordinate/update': {
    summary: 'Sets where a node stands, for nodes without an agent.',
    shared: 'datacenter',
    body: { help: 'The node and its coordinate.', json: CoordinateUpdateRequest, required: true },
    answers: { 200: { help: 'Taken; it shows after a while.' } },
  },
} satisfies ApiDescription
