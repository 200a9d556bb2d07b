import type { ApiDescription, QueryParameter } from '../../src/openapi/operation.ts'
import { list } from '../../src/wire/schema.ts'
import { Coordinate, CoordinateUpdateRequest, DatacenterMap } from '../../src/wire/structs/coordinate.ts'

const segment: QueryParameter = { type: 'text', help: 'Only coordinates of this network segment.' }

/** What `/v1/coordinate` takes and gives. */
export const coordinatesApi: ApiDescription = {
  'GET /v1/coordinate/datacenters': { answers: { 200: { help: 'Servers by datacenter.', json: list(DatacenterMap) } } },
  'GET /v1/coordinate/nodes': {
    query: { segment },
    shared: 'blocking',
    answers: { 200: { help: 'Nodes with their coordinates.', json: list(Coordinate) } },
  },
  'GET /v1/coordinate/node/:name': {
    path: { name: 'Name of the node.' },
    query: { segment },
    shared: 'blocking',
    answers: {
      200: { help: 'Its coordinates, one a segment.', json: list(Coordinate) },
      404: { help: 'None is known.' },
    },
  },
  'PUT /v1/coordinate/update': {
    shared: 'datacenter',
    body: { help: 'The node and its coordinate.', json: CoordinateUpdateRequest, required: true },
    answers: { 200: { help: 'Taken; it shows after a while.' } },
  },
}
