import { AutopilotConfig } from '../../src/wire/structs/operator.ts'
import type { Member } from '../gossip/contract.ts'
import type { Server } from '../raft/contract.ts'
import type { ClusterHealth, ServerState, ServerStats } from './contract.ts'

/** Consul's defaults. */
export const wellSettings: AutopilotConfig = {
  ...AutopilotConfig.zero(),
  CleanupDeadServers: true,
  LastContactThreshold: 200e6,
  MaxTrailingLogs: 250,
  ServerStabilizationTime: 10e9,
}

export function server(id: string, suffrage: Server['suffrage'] = 'voter'): Server {
  return { id, address: `10.0.0.${id.charCodeAt(0)}:8300`, suffrage }
}

/** The member of `server(id)`: the same address. */
export function member(id: string, changes: Partial<Member> & { readonly more?: Record<string, string> } = {}): Member {
  const { more, ...rest } = changes
  return {
    name: `node-${id}`,
    address: `10.0.0.${id.charCodeAt(0)}`,
    port: 8301,
    tags: { role: 'consul', dc: 'dc1', id, port: '8300', vsn: '2', build: '1.10.12:', ...more },
    status: 1,
    protocol: { min: 1, max: 5, current: 2 },
    delegate: { min: 2, max: 5, current: 4 },
    ...rest,
  }
}

export function stats(changes: Partial<ServerStats> = {}): ServerStats {
  return { lastContactMs: 10, lastTerm: 3, lastIndex: 1000, ...changes }
}

/** A healthy voter since the beginning of time. */
export function state(id: string, changes: Partial<ServerState> = {}): ServerState {
  return {
    id,
    name: `node-${id}`,
    address: server(id).address,
    memberStatus: 'alive',
    version: '1.10.12',
    leader: id === 'a',
    voter: true,
    readReplica: false,
    stats: stats(),
    healthy: true,
    stableSinceMs: 0,
    tags: {},
    ...changes,
  }
}

export function health(...servers: ServerState[]): ClusterHealth {
  return { healthy: true, failureTolerance: 1, leader: 'a', servers }
}
