import type { OptionDeclarations, OptionValues } from '../../src/kernel/options.ts'
import { AutopilotConfig } from '../../src/wire/structs/operator.ts'

/** The settings that a new cluster begins with; from then on `/v1/operator/autopilot/configuration` changes them. */
export const autopilotOptions = {
  cleanupDeadServers: {
    type: 'boolean',
    key: 'autopilot.cleanup_dead_servers',
    default: true,
    help: 'Take failed servers out of the cluster once the others do without them.',
  },
  lastContactThreshold: {
    type: 'duration',
    key: 'autopilot.last_contact_threshold',
    default: '200ms',
    min: '0s',
    help: 'A server that has not heard the leader for longer counts as unhealthy.',
  },
  maxTrailingLogs: {
    type: 'integer',
    key: 'autopilot.max_trailing_logs',
    default: 250,
    min: 0,
    help: 'A server whose log is further behind than so many entries counts as unhealthy.',
  },
  minQuorum: {
    type: 'integer',
    key: 'autopilot.min_quorum',
    default: 0,
    min: 0,
    help: 'Dead servers are not taken out below so many voters.',
  },
  serverStabilizationTime: {
    type: 'duration',
    key: 'autopilot.server_stabilization_time',
    default: '10s',
    min: '0s',
    help: 'How long a new server must have been healthy before it gets a vote.',
  },
} as const satisfies OptionDeclarations

export type AutopilotOptions = OptionValues<typeof autopilotOptions>

const nanosPerMs = 1e6

/** The first settings of a cluster, as its configuration has them. */
export function firstSettings(options: AutopilotOptions): AutopilotConfig {
  return {
    ...AutopilotConfig.zero(),
    CleanupDeadServers: options.cleanupDeadServers,
    LastContactThreshold: options.lastContactThreshold * nanosPerMs,
    MaxTrailingLogs: options.maxTrailingLogs,
    MinQuorum: options.minQuorum,
    ServerStabilizationTime: options.serverStabilizationTime * nanosPerMs,
  }
}
