import { method } from '../../src/rpc/method.ts'
import { timeFromMs } from '../../src/wire/go-time.ts'
import { bool, message } from '../../src/wire/schema.ts'
import {
  AutopilotConfig,
  AutopilotHealthReply,
  type AutopilotServerHealth,
  type AutopilotServerState,
  AutopilotSetConfigRequest,
  AutopilotState,
} from '../../src/wire/structs/operator.ts'
import { DCSpecificRequest } from '../../src/wire/structs/query.ts'
import type { Consensus } from '../raft/contract.ts'
import type { MethodTable } from '../rpc/contract.ts'
import type { Autopilot, ClusterHealth, ServerState } from './contract.ts'
import { AutopilotNotReadyError } from './errors.ts'

export const getConfiguration = method({
  name: 'Operator.AutopilotGetConfiguration',
  request: DCSpecificRequest,
  reply: AutopilotConfig,
})

/** Answers whether the condition held; false as well for a change without one (protocol/servers.md §6.6). */
export const setConfiguration = method({
  name: 'Operator.AutopilotSetConfiguration',
  request: AutopilotSetConfigRequest,
  reply: message(bool()),
})

/** How each server is; nothing at all before the leader's first look. */
export const serverHealth = method({
  name: 'Operator.ServerHealth',
  request: DCSpecificRequest,
  reply: AutopilotHealthReply,
})

export const autopilotState = method({
  name: 'Operator.AutopilotState',
  request: DCSpecificRequest,
  reply: AutopilotState,
})

export interface AutopilotMethodsSetup {
  readonly autopilot: Autopilot
  readonly consensus: Consensus
  /** The catalog's meta of a node. */
  readonly nodeMeta: (name: string) => Readonly<Record<string, string>>
}

/** What the server port knows of the care for the servers. */
export function addAutopilotMethods(
  methods: MethodTable,
  { autopilot, consensus, nodeMeta }: AutopilotMethodsSetup,
): void {
  methods.add(getConfiguration, 'read', () => {
    const held = autopilot.settings()
    if (held === undefined) throw new AutopilotNotReadyError('autopilot config not initialized yet')
    return held
  })
  methods.add(setConfiguration, 'leader', async (request) => (await consensus.propose('Autopilot', request)) === true)
  methods.add(serverHealth, 'leader', () => {
    const health = autopilot.health()
    return {
      Healthy: health?.healthy ?? false,
      FailureTolerance: health?.failureTolerance ?? 0,
      Servers: health?.servers.map(healthOf) ?? null,
    }
  })
  methods.add(autopilotState, 'leader', () => {
    const health = autopilot.health()
    if (health === undefined) throw new AutopilotNotReadyError('Failed to get autopilot state: no state found')
    return stateOf(health, nodeMeta)
  })
}

const nanosPerMs = 1e6
const serfStatus = { alive: 1, leaving: 2, left: 3, failed: 4, unknown: 0 } as const

function healthOf(server: ServerState): AutopilotServerHealth {
  return {
    ID: server.id,
    Name: server.name,
    Address: server.address,
    SerfStatus: serfStatus[server.memberStatus],
    Version: server.version,
    Leader: server.leader,
    LastContact: Math.round(server.stats.lastContactMs * nanosPerMs),
    LastTerm: server.stats.lastTerm,
    LastIndex: server.stats.lastIndex,
    Healthy: server.healthy,
    Voter: server.voter,
    StableSince: timeFromMs(server.stableSinceMs),
  }
}

function stateOf(health: ClusterHealth, nodeMeta: AutopilotMethodsSetup['nodeMeta']): AutopilotState {
  const states = health.servers.map((server): [string, AutopilotServerState] => [
    server.id,
    {
      Server: {
        ID: server.id,
        Name: server.name,
        Address: server.address,
        NodeStatus: server.memberStatus,
        Version: server.version,
        Meta: nodeMeta(server.name),
        RaftVersion: 3,
        // Consul leaves it false for the leader too; `State` says it.
        IsLeader: false,
        NodeType: server.readReplica ? 'read-replica' : 'voter',
        Ext: null,
      },
      State: server.leader ? 'leader' : server.voter ? 'voter' : 'non-voter',
      Stats: {
        LastContact: Math.round(server.stats.lastContactMs * nanosPerMs),
        LastTerm: server.stats.lastTerm,
        LastIndex: server.stats.lastIndex,
      },
      Health: { Healthy: server.healthy, StableSince: timeFromMs(server.stableSinceMs) },
    },
  ])
  return {
    Healthy: health.healthy,
    FailureTolerance: health.failureTolerance,
    Servers: Object.fromEntries(states),
    Leader: health.leader,
    Voters: health.servers.filter(({ voter }) => voter).map(({ id }) => id),
    Ext: null,
  }
}
