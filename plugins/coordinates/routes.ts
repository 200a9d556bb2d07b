import type { Store } from '../../src/store/store.ts'
import { NoPathToDatacenterError } from '../../src/wire/cluster-errors.ts'
import { JsonDecodeError } from '../../src/wire/schema.ts'
import { CoordinateUpdateRequest } from '../../src/wire/structs/coordinate.ts'
import type { Members } from '../gossip/contract.ts'
import type { ApiRequest, LiveReply, Reply, RouteDeclaration } from '../http-api/contract.ts'
import type { CoordinateRow } from './contract.ts'
import { DatacenterMaps, datacenterMaps } from './datacenters.ts'
import { CoordinatesDisabledError } from './errors.ts'
import { nodeQuestion, nodesQuestion } from './queries.ts'

export interface CoordinateRoutesSetup {
  readonly store: Store
  readonly members: Members
  /** This agent's own. */
  readonly datacenter: string
  readonly disabled: boolean
  /** Has the leader take a report. */
  readonly update: (request: CoordinateUpdateRequest, signal: AbortSignal) => Promise<void>
}

/** `/v1/coordinate/…`: where nodes stand in the network, as round trips tell. */
export function coordinateRoutes(setup: CoordinateRoutesSetup): RouteDeclaration[] {
  const { store, members, datacenter } = setup

  function datacenters(): Reply {
    const body = DatacenterMaps.toJson(datacenterMaps(members))
    return { kind: 'plain', status: 200, type: 'application/json', body, json: true }
  }

  function nodes({ query }: ApiRequest): Reply {
    return { kind: 'live', query: store.queries.ask(nodesQuestion(query.get('segment'))) }
  }

  function node({ params, query }: ApiRequest): Reply {
    const asked = nodeQuestion(params.name ?? '', query.get('segment'))
    return { kind: 'live', query: store.queries.ask(asked), render: orNotFound }
  }

  async function update(request: ApiRequest): Promise<Reply> {
    const body = await request.json()
    if (body === undefined) throw new JsonDecodeError('EOF')
    const asked = CoordinateUpdateRequest.fromJson(body)
    const target = request.query.get('dc') || asked.Datacenter || datacenter
    if (target.toLowerCase() !== datacenter) throw new NoPathToDatacenterError()
    await setup.update({ ...asked, Datacenter: datacenter }, request.signal)
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
const orNotFound: LiveReply['render'] = (rows: readonly CoordinateRow[], bytes) =>
  rows.length > 0
    ? { status: 200, type: 'application/json', body: bytes() }
    : { status: 404, type: undefined, body: '', bare: true }

function refuse(): never {
  throw new CoordinatesDisabledError()
}
