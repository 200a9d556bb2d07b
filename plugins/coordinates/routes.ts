import { datacenterOf } from '../../src/rules/datacenter.ts'
import { JsonDecodeError } from '../../src/wire/schema.ts'
import { type Coordinate, CoordinateUpdateRequest } from '../../src/wire/structs/coordinate.ts'
import type { ApiRequest, LiveReply, Reply, RouteDeclaration } from '../http-api/contract.ts'
import type { Rpc } from '../rpc/contract.ts'
import { DatacenterMaps } from './datacenters.ts'
import { CoordinatesDisabledError } from './errors.ts'
import { coordinateDatacenters, coordinateNode, coordinateNodes, coordinateUpdate } from './rpc.ts'

export interface CoordinateRoutesSetup {
  readonly rpc: Rpc
  /** This agent's own. */
  readonly datacenter: string
  readonly disabled: boolean
}

/** `/v1/coordinate/…`: where nodes stand in the network, as round trips tell. */
export function coordinateRoutes(setup: CoordinateRoutesSetup): RouteDeclaration[] {
  const { rpc, datacenter } = setup

  async function datacenters({ signal }: ApiRequest): Promise<Reply> {
    const body = DatacenterMaps.toJson(await rpc.call(coordinateDatacenters, {}, signal))
    return { kind: 'plain', status: 200, type: 'application/json', body, json: true }
  }

  function nodes({ query }: ApiRequest): Reply {
    const read = rpc.read(coordinateNodes, { segment: query.get('segment') })
    return { kind: 'live', query: read.query, remote: read }
  }

  function node({ params, query }: ApiRequest): Reply {
    const read = rpc.read(coordinateNode, { node: params.name ?? '', segment: query.get('segment') })
    return { kind: 'live', query: read.query, remote: read, render: orNotFound }
  }

  async function update(request: ApiRequest): Promise<Reply> {
    const body = await request.json()
    if (body === undefined) throw new JsonDecodeError('EOF')
    const asked = CoordinateUpdateRequest.fromJson(body)
    const Datacenter = datacenterOf(request.query.get('dc') || asked.Datacenter, datacenter)
    await rpc.call(coordinateUpdate, { ...asked, Datacenter }, request.signal)
    return { kind: 'plain', status: 200, type: undefined, body: '' }
  }

  const routes: RouteDeclaration[] = [
    {
      methods: ['GET'],
      path: '/v1/coordinate/datacenters',
      summary: 'Where the servers of each datacenter stand.',
      answer: datacenters,
    },
    { methods: ['GET'], path: '/v1/coordinate/nodes', summary: 'Where every node stands.', hot: true, answer: nodes },
    {
      methods: ['GET'],
      path: '/v1/coordinate/node/:name',
      summary: 'Where a node stands; 404 when that is not known.',
      hot: true,
      answer: node,
    },
    {
      methods: ['PUT'],
      path: '/v1/coordinate/update',
      summary: 'Sets where a node stands, for nodes without an agent.',
      answer: update,
    },
  ]
  return setup.disabled ? routes.map((route) => ({ ...route, hot: false, answer: refuse })) : routes
}

/** Consul sends this status before it knows the headers of the read. */
const orNotFound: LiveReply['render'] = (rows: readonly Coordinate[], bytes) =>
  rows.length > 0
    ? { status: 200, type: 'application/json', body: bytes() }
    : { status: 404, type: undefined, body: '', bare: true }

function refuse(): never {
  throw new CoordinatesDisabledError()
}
