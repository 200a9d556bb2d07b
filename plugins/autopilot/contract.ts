import type { AutopilotConfig, AutopilotSetConfigRequest, RaftStats } from '../../src/wire/structs/operator.ts'
import type { Server } from '../raft/contract.ts'

/** A server of the cluster as the leader's autopilot sees it. Times are those of the wall clock, in ms since 1970. */
export interface ServerState {
  readonly id: string
  readonly name: string
  readonly address: string
  /** Serf's word: `unknown` when it knows no such member. */
  readonly memberStatus: 'alive' | 'leaving' | 'left' | 'failed' | 'unknown'
  /** `x.y.z` of its build. */
  readonly version: string
  readonly leader: boolean
  readonly voter: boolean
  readonly readReplica: boolean
  readonly stats: ServerStats
  readonly healthy: boolean
  /** Since when it has been as healthy, or as unhealthy, as now. */
  readonly stableSinceMs: number
  readonly tags: Readonly<Record<string, string>>
}

/** What a server says of its log. Zeros from one that did not answer. */
export interface ServerStats {
  readonly lastContactMs: number
  readonly lastTerm: number
  readonly lastIndex: number
}

export interface ClusterHealth {
  /** Every server is. */
  readonly healthy: boolean
  /** How many more voters may fail before a majority is lost. */
  readonly failureTolerance: number
  /** Id of the leader. */
  readonly leader: string
  /** In the order of Raft's configuration. */
  readonly servers: readonly ServerState[]
}

/** The leader's care for the servers themselves. */
export interface Autopilot {
  /** The settings in force; undefined before a leader wrote the first ones. */
  settings(): AutopilotConfig | undefined
  /** How the servers are; undefined on any server but the leader, and before the first look. */
  health(): ClusterHealth | undefined
}

/** Asks a server for its raft statistics (`Status.RaftStats`); undefined when it does not answer in time. */
export type AskStats = (server: Server, signal: AbortSignal) => Promise<RaftStats | undefined>

/** A server in a membership. The id is empty where only the address is known, as from servers that are Consul's. */
export interface Peer {
  readonly id: string
  readonly address: string
}

/**
 * Asks the server at an address for the membership that it knows, empty when it never was in a cluster. Rejects when it does not
 * answer in time.
 */
export type AskPeers = (address: string, signal: AbortSignal) => Promise<readonly Peer[]>

declare module '../../src/kernel/services.ts' {
  interface Services {
    autopilot: Autopilot
  }
}

declare module '../../src/kernel/hooks.ts' {
  interface Commands {
    Autopilot: AutopilotSetConfigRequest
  }
  interface Tables {
    autopilot: AutopilotConfig
  }
}
