import { NoLeaderError, NoPathToDatacenterError } from '../../src/wire/cluster-errors.ts'
import { formatGoDuration } from '../../src/wire/go-duration.ts'
import { formatGoTime, timeFromMs } from '../../src/wire/go-time.ts'
import { parseJson } from '../../src/wire/schema.ts'
import { AutopilotConfig } from '../../src/wire/structs/operator.ts'
import type { ApiRequest, PlainReply, RouteDeclaration } from '../http-api/contract.ts'
import type { Consensus } from '../raft/contract.ts'
import type { Autopilot, ClusterHealth, ServerState } from './contract.ts'
import { AutopilotNotReadyError, AutopilotRequestError } from './errors.ts'

export interface AutopilotRoutesSetup {
  readonly autopilot: Autopilot
  readonly consensus: Consensus
  readonly datacenter: string
}

/** `/v1/operator/autopilot/…`: the care for the servers, its settings, and how the servers are. */
export function autopilotRoutes({ autopilot, consensus, datacenter }: AutopilotRoutesSetup): RouteDeclaration[] {
  const requireHere = ({ options }: ApiRequest) => {
    if (options.datacenter !== datacenter) throw new NoPathToDatacenterError()
  }

  function settings(request: ApiRequest): PlainReply {
    requireHere(request)
    const held = autopilot.settings()
    if (held === undefined) throw new AutopilotNotReadyError('autopilot config not initialized yet')
    return json(AutopilotConfig.toJson(held))
  }

  async function change(request: ApiRequest): Promise<PlainReply> {
    requireHere(request)
    const Config = settingsOf(await request.body())
    const cas = request.query.get('cas')
    const expected = cas === undefined ? undefined : casIndex(cas)
    const done = await consensus.propose('Autopilot', {
      Datacenter: datacenter,
      Config: { ...Config, ModifyIndex: expected ?? 0 },
      CAS: expected !== undefined,
      Token: '',
    })
    return json(String(done ?? true))
  }

  function health(request: ApiRequest): PlainReply {
    requireHere(request)
    const known = leadersHealth()
    const body = {
      Healthy: known?.healthy ?? false,
      FailureTolerance: known?.failureTolerance ?? 0,
      Servers: known?.servers.map(healthJson) ?? [],
    }
    return { ...json(JSON.stringify(body)), status: body.Healthy ? 200 : 429 }
  }

  function state(request: ApiRequest): PlainReply {
    requireHere(request)
    const known = leadersHealth()
    if (known === undefined) throw new AutopilotNotReadyError('Failed to get autopilot state: no state found')
    return json(JSON.stringify(stateJson(known)))
  }

  /** Only the leader looks. */
  function leadersHealth(): ClusterHealth | undefined {
    if (consensus.role !== 'leader') throw new NoLeaderError()
    return autopilot.health()
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

/** How Consul introduces what is wrong with a body. */
const prefix = 'Bad request: Error parsing autopilot config: '

function settingsOf(body: Buffer): AutopilotConfig {
  return AutopilotConfig.fromJson(parseJson(body, { prefix }), { prefix })
}

function casIndex(text: string): number {
  const value = /^\d{1,20}$/.test(text) ? Number(text) : undefined
  if (value !== undefined) return value
  throw new AutopilotRequestError(
    `Error parsing cas value: strconv.ParseUint: parsing ${JSON.stringify(text)}: invalid syntax`,
  )
}

const nanosPerMs = 1e6

function healthJson(server: ServerState) {
  return {
    ID: server.id,
    Name: server.name,
    Address: server.address,
    SerfStatus: server.memberStatus === 'unknown' ? 'none' : server.memberStatus,
    Version: server.version,
    Leader: server.leader,
    LastContact: formatGoDuration(Math.round(server.stats.lastContactMs * nanosPerMs)),
    LastTerm: server.stats.lastTerm,
    LastIndex: server.stats.lastIndex,
    Healthy: server.healthy,
    Voter: server.voter,
    StableSince: formatGoTime(timeFromMs(server.stableSinceMs)),
  }
}

function stateJson(health: ClusterHealth) {
  return {
    Healthy: health.healthy,
    FailureTolerance: health.failureTolerance,
    OptimisticFailureTolerance: 0,
    Servers: Object.fromEntries(health.servers.map((server) => [server.id, serverJson(server)])),
    Leader: health.leader,
    Voters: health.servers.filter(({ voter }) => voter).map(({ id }) => id),
  }
}

function serverJson(server: ServerState) {
  return {
    ID: server.id,
    Name: server.name,
    Address: server.address,
    NodeStatus: server.memberStatus,
    Version: server.version,
    LastContact: formatGoDuration(Math.round(server.stats.lastContactMs * nanosPerMs)),
    LastTerm: server.stats.lastTerm,
    LastIndex: server.stats.lastIndex,
    Healthy: server.healthy,
    StableSince: formatGoTime(timeFromMs(server.stableSinceMs)),
    ReadReplica: server.readReplica,
    Status: server.leader ? 'leader' : server.voter ? 'voter' : 'non-voter',
    Meta: server.tags,
    NodeType: server.readReplica ? 'read-replica' : 'voter',
  }
}

function json(body: string): PlainReply {
  return { kind: 'plain', status: 200, type: 'application/json', json: true, body }
}
