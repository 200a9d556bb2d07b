import { formatGoDuration } from '../../src/wire/go-duration.ts'
import { formatGoTime } from '../../src/wire/go-time.ts'
import { parseJson } from '../../src/wire/schema.ts'
import {
  AutopilotConfig,
  type AutopilotServerHealth,
  type AutopilotServerState,
} from '../../src/wire/structs/operator.ts'
import { DCSpecificRequest } from '../../src/wire/structs/query.ts'
import type { ApiRequest, PlainReply, RouteDeclaration } from '../http-api/contract.ts'
import type { Rpc } from '../rpc/contract.ts'
import { AutopilotRequestError } from './errors.ts'
import { autopilotState, getConfiguration, serverHealth, setConfiguration } from './rpc.ts'

/** `/v1/operator/autopilot/…`: the care for the servers, its settings, and how the servers are. */
export function autopilotRoutes(rpc: Rpc): RouteDeclaration[] {
  async function settings(request: ApiRequest): Promise<PlainReply> {
    return json(AutopilotConfig.toJson(await rpc.call(getConfiguration, readRequest(request), request.signal)))
  }

  async function change(request: ApiRequest): Promise<PlainReply> {
    const settings = settingsOf(await request.body())
    const cas = request.query.get('cas')
    const expected = cas === undefined ? undefined : casIndex(cas)
    const held = await rpc.call(setConfiguration, {
      Datacenter: request.options.datacenter,
      Config: { ...settings, ModifyIndex: expected ?? 0 },
      CAS: expected !== undefined,
      Token: '',
    })
    return json(String(held || expected === undefined))
  }

  async function health(request: ApiRequest): Promise<PlainReply> {
    const { Healthy, FailureTolerance, Servers } = await rpc.call(serverHealth, readRequest(request), request.signal)
    const body = JSON.stringify({ Healthy, FailureTolerance, Servers: (Servers ?? []).map(healthJson) })
    return { ...json(body), status: Healthy ? 200 : 429 }
  }

  async function state(request: ApiRequest): Promise<PlainReply> {
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
  }

  const path = '/v1/operator/autopilot'
  return [
    {
      methods: ['GET', 'PUT'],
      path: `${path}/configuration`,
      summary: 'The settings of the care for dead and new servers.',
      answer: (request) => (request.method === 'GET' ? settings(request) : change(request)),
    },
    {
      methods: ['GET'],
      path: `${path}/health`,
      summary: 'How each server is; 429 when one of them is not well.',
      answer: health,
    },
    {
      methods: ['GET'],
      path: `${path}/state`,
      summary: 'How each server is, with its part in the cluster.',
      answer: state,
    },
  ]
}

function readRequest({ options }: ApiRequest): DCSpecificRequest {
  return {
    ...DCSpecificRequest.zero(),
    Datacenter: options.datacenter,
    AllowStale: options.consistency === 'stale',
    RequireConsistent: options.consistency === 'consistent',
  }
}

/** How Consul introduces what is wrong with a body. */
const prefix = 'Bad request: Error parsing autopilot config: '

function settingsOf(body: Buffer): AutopilotConfig {
  return AutopilotConfig.fromJson(parseJson(body, { prefix }), { prefix })
}

/** Go's unsigned 64 bits. */
const indexMax = 2n ** 64n - 1n

export function casIndex(text: string): number {
  const digits = /^\d+$/.test(text)
  // No index of ours comes near those that a number cannot tell apart.
  if (digits && BigInt(text) <= indexMax) return Math.min(Number(text), Number.MAX_SAFE_INTEGER)
  const reason = digits ? 'value out of range' : 'invalid syntax'
  throw new AutopilotRequestError(
    `Error parsing cas value: strconv.ParseUint: parsing ${JSON.stringify(text)}: ${reason}`,
  )
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
