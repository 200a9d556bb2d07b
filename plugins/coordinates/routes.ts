import { routesOf } from '../../src/openapi/routes.ts'
import { datacenterOf } from '../../src/rules/datacenter.ts'
import type { Coordinate } from '../../src/wire/structs/coordinate.ts'
import type { LiveReply, RouteDeclaration } from '../http-api/contract.ts'
import type { Rpc } from '../rpc/contract.ts'
import { coordinatesApi } from './api.ts'
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

  const routes = routesOf(coordinatesApi, {
    async 'GET /v1/coordinate/datacenters'({ signal }) {
      const body = DatacenterMaps.toJson(await rpc.call(coordinateDatacenters, {}, signal))
      return { kind: 'plain', status: 200, type: 'application/json', body, json: true }
    },

    'GET /v1/coordinate/nodes'(request) {
      const read = rpc.read(coordinateNodes, { segment: request.parameter('segment') })
      return { kind: 'live', query: read.query, remote: read }
    },

    'GET /v1/coordinate/node/:name'(request) {
      const asked = { node: request.params.name, segment: request.parameter('segment') }
      const read = rpc.read(coordinateNode, asked)
      return { kind: 'live', query: read.query, remote: read, render: orNotFound }
    },

    async 'PUT /v1/coordinate/update'(request) {
      const asked = await request.read()
      const Datacenter = datacenterOf(request.parameter('dc') || asked.Datacenter, datacenter)
      await rpc.call(coordinateUpdate, { ...asked, Datacenter }, request.signal)
      return { kind: 'plain', status: 200, type: undefined, body: '' }
    },
  })
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
