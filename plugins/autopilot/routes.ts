import { routesOf } from '../../src/openapi/routes.ts'
import { formatGoDuration } from '../../src/wire/go-duration.ts'
import { formatGoTime } from '../../src/wire/go-time.ts'
import {
  AutopilotConfig,
  type AutopilotServerHealth,
  type AutopilotServerState,
} from '../../src/wire/structs/operator.ts'
import { DCSpecificRequest } from '../../src/wire/structs/query.ts'
import type { PlainReply, ReadOptions, RouteDeclaration } from '../http-api/contract.ts'
import type { Rpc } from '../rpc/contract.ts'
import { autopilotApi } from './api.ts'
import { autopilotState, getConfiguration, serverHealth, setConfiguration } from './rpc.ts'

/** `/v1/operator/autopilot/…`: the care for the servers, its settings, and how the servers are. */
export function autopilotRoutes(rpc: Rpc): RouteDeclaration[] {
  return routesOf(autopilotApi, {
    async 'GET /v1/operator/autopilot/configuration'(request) {
      return json(AutopilotConfig.toJson(await rpc.call(getConfiguration, readRequest(request), request.signal)))
    },

    async 'PUT /v1/operator/autopilot/configuration'(request) {
      const settings = await request.read()
      const expected = request.parameter('cas')
      const held = await rpc.call(
        setConfiguration,
        {
          Datacenter: request.options.datacenter,
          Config: { ...settings, ModifyIndex: expected ?? 0 },
          CAS: expected !== undefined,
          Token: '',
        },
        request,
      )
      return json(String(held || expected === undefined))
    },

    async 'GET /v1/operator/autopilot/health'(request) {
      const { Healthy, FailureTolerance, Servers } = await rpc.call(serverHealth, readRequest(request), request.signal)
      const body = JSON.stringify({ Healthy, FailureTolerance, Servers: (Servers ?? []).map(healthJson) })
      return { ...json(body), status: Healthy ? 200 : 429 }
    },

    async 'GET /v1/operator/autopilot/state'(request) {
      const known = await rpc.call(autopilotState, readRequest(request), request.signal)
      const { Healthy, FailureTolerance, Servers, Leader, Voters } = known
      return json(
        JSON.stringify({
          Healthy,
          FailureTolerance,
          OptimisticFailureTolerance: 0,
          Servers: Object.fromEntries(Object.entries(Servers ?? {}).map(([id, server]) => [id, serverJson(server)])),
          Leader,
          Voters,
        }),
      )
    },
  })
}

function readRequest({
  options,
}: {
  readonly options: Pick<ReadOptions, 'datacenter' | 'consistency'>
}): DCSpecificRequest {
  return {
    ...DCSpecificRequest.zero(),
    Datacenter: options.datacenter,
    AllowStale: options.consistency === 'stale',
    RequireConsistent: options.consistency === 'consistent',
  }
}

const serfStatus = ['none', 'alive', 'leaving', 'left', 'failed']

function healthJson(server: AutopilotServerHealth) {
  return {
    ID: server.ID,
    Name: server.Name,
    Address: server.Address,
    SerfStatus: serfStatus[server.SerfStatus] ?? 'none',
    Version: server.Version,
    Leader: server.Leader,
    LastContact: formatGoDuration(server.LastContact),
    LastTerm: server.LastTerm,
    LastIndex: server.LastIndex,
    Healthy: server.Healthy,
    Voter: server.Voter,
    StableSince: formatGoTime(server.StableSince),
  }
}

function serverJson({ Server, State, Stats, Health }: AutopilotServerState) {
  return {
    ID: Server.ID,
    Name: Server.Name,
    Address: Server.Address,
    NodeStatus: Server.NodeStatus,
    Version: Server.Version,
    LastContact: formatGoDuration(Stats.LastContact),
    LastTerm: Stats.LastTerm,
    LastIndex: Stats.LastIndex,
    Healthy: Health.Healthy,
    StableSince: formatGoTime(Health.StableSince),
    ReadReplica: Server.NodeType === 'read-replica',
    Status: State,
    Meta: Server.Meta,
    NodeType: Server.NodeType,
  }
}

function json(body: string): PlainReply {
  return { kind: 'plain', status: 200, type: 'application/json', json: true, body }
}
