import { bool, duration, type Infer, index, int, list, map, opaque, struct, text, time } from '../schema.ts'
import { raftIndex, writeRequest } from './query.ts'

/** Settings of the care for dead and new servers, kept in the replicated state. */
export const AutopilotConfig = struct(
  'AutopilotConfig',
  {
    CleanupDeadServers: bool(),
    LastContactThreshold: duration({ as: 'text' }),
    MaxTrailingLogs: index(),
    MinQuorum: index(),
    ServerStabilizationTime: duration({ as: 'text' }),
    RedundancyZoneTag: text(),
    DisableUpgradeMigration: bool(),
    UpgradeVersionTag: text(),
    ...raftIndex,
  },
  { snakeCase: true },
)
export type AutopilotConfig = Infer<typeof AutopilotConfig>

export const AutopilotSetConfigRequest = struct('AutopilotSetConfigRequest', {
  Datacenter: text(),
  Config: AutopilotConfig,
  CAS: bool(),
  ...writeRequest,
})
export type AutopilotSetConfigRequest = Infer<typeof AutopilotSetConfigRequest>

/** What a server says of its log when the leader asks. `LastContact` is a Go duration in text, or `never`. */
export const RaftStats = struct('RaftStats', { LastContact: text(), LastTerm: index(), LastIndex: index() })
export type RaftStats = Infer<typeof RaftStats>

export const RaftServer = struct('RaftServer', {
  ID: text(),
  Node: text(),
  Address: text(),
  Leader: bool(),
  ProtocolVersion: text(),
  Voter: bool(),
})
export type RaftServer = Infer<typeof RaftServer>

export const RaftConfigurationResponse = struct('RaftConfigurationResponse', {
  Servers: list(RaftServer),
  Index: index(),
})
export type RaftConfigurationResponse = Infer<typeof RaftConfigurationResponse>

export const RaftRemovePeerRequest = struct('RaftRemovePeerRequest', {
  Datacenter: text(),
  Address: text(),
  ID: text(),
  ...writeRequest,
})
export type RaftRemovePeerRequest = Infer<typeof RaftRemovePeerRequest>

/** Which server is to lead; `''` leaves the choice to the leader. */
export const TransferLeaderRequest = struct('TransferLeaderRequest', {
  Datacenter: text(),
  ID: text(),
  ...writeRequest,
})
export type TransferLeaderRequest = Infer<typeof TransferLeaderRequest>

export const TransferLeaderResponse = struct('TransferLeaderResponse', { Success: bool() })
export type TransferLeaderResponse = Infer<typeof TransferLeaderResponse>

/** `SerfStatus`: 1 alive, 2 leaving, 3 left, 4 failed. */
export const AutopilotServerHealth = struct('AutopilotServerHealth', {
  ID: text(),
  Name: text(),
  Address: text(),
  SerfStatus: int(),
  Version: text(),
  Leader: bool(),
  LastContact: duration({ as: 'text' }),
  LastTerm: index(),
  LastIndex: index(),
  Healthy: bool(),
  Voter: bool(),
  StableSince: time(),
})
export type AutopilotServerHealth = Infer<typeof AutopilotServerHealth>

export const AutopilotHealthReply = struct('AutopilotHealthReply', {
  Healthy: bool(),
  FailureTolerance: int(),
  Servers: list(AutopilotServerHealth),
})
export type AutopilotHealthReply = Infer<typeof AutopilotHealthReply>

/** How a server is known, in the state of autopilot. `State`: `leader`, `voter`, `non-voter`, `none`. */
const AutopilotServer = struct('AutopilotServer', {
  ID: text(),
  Name: text(),
  Address: text(),
  NodeStatus: text(),
  Version: text(),
  Meta: map(text()),
  RaftVersion: int(),
  IsLeader: bool(),
  NodeType: text(),
  Ext: opaque(),
})

const AutopilotServerState = struct('AutopilotServerState', {
  Server: AutopilotServer,
  State: text(),
  Stats: struct('AutopilotServerStats', { LastContact: duration(), LastTerm: index(), LastIndex: index() }),
  Health: struct('AutopilotServerVerdict', { Healthy: bool(), StableSince: time() }),
})
export type AutopilotServerState = Infer<typeof AutopilotServerState>

/** All that autopilot knows of the servers, by id. */
export const AutopilotState = struct('AutopilotState', {
  Healthy: bool(),
  FailureTolerance: int(),
  Servers: map(AutopilotServerState),
  Leader: text(),
  Voters: list(text()),
  Ext: opaque(),
})
export type AutopilotState = Infer<typeof AutopilotState>
