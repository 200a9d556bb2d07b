import type { AutopilotState } from '../../../client/operator.ts'
import { formatDuration } from '../../../kernel/duration.ts'
import { defineCommand, expectArguments } from '../../command.ts'
import { CommandError, CommandUsageError, orComplain } from '../../command-errors.ts'

export const autopilotGetConfig = defineCommand({
  usage: 'operator autopilot get-config [flags]',
  about: 'Shows how the cluster cares for dead and new servers.',
  asksServers: true,
  flags: {},
  async run({ args, client, read, terminal }) {
    expectArguments(args, 0)
    const config = await orComplain(
      'Error querying Autopilot configuration',
      client.operator.autopilotConfiguration(read),
    )
    const lines = [
      `CleanupDeadServers = ${config.CleanupDeadServers}`,
      `LastContactThreshold = ${formatDuration(config.LastContactThreshold / 1e6)}`,
      `MaxTrailingLogs = ${config.MaxTrailingLogs}`,
      `MinQuorum = ${config.MinQuorum}`,
      `ServerStabilizationTime = ${formatDuration(config.ServerStabilizationTime / 1e6)}`,
      `RedundancyZoneTag = ${JSON.stringify(config.RedundancyZoneTag)}`,
      `DisableUpgradeMigration = ${config.DisableUpgradeMigration}`,
      `UpgradeVersionTag = ${JSON.stringify(config.UpgradeVersionTag)}`,
    ]
    terminal.print(lines.join('\n'))
    return 0
  },
})

export const autopilotSetConfig = defineCommand({
  usage: 'operator autopilot set-config [flags]',
  about: 'Changes how the cluster cares for dead and new servers. What is not named stays.',
  asksServers: true,
  flags: {
    'cleanup-dead-servers': {
      type: 'boolean',
      help: 'Take failed servers out once others replace them: true or false.',
    },
    'last-contact-threshold': { type: 'duration', help: 'Longest silence of a healthy server.' },
    'max-trailing-logs': { type: 'integer', help: 'Most entries that a healthy server is behind.' },
    'min-quorum': { type: 'integer', help: 'Fewest servers to keep when failed ones are taken out.' },
    'server-stabilization-time': { type: 'duration', help: 'How long a new server must be healthy before it votes.' },
    'redundancy-zone-tag': { type: 'text', help: 'Kept for Consul Enterprise.' },
    'disable-upgrade-migration': { type: 'boolean', help: 'Kept for Consul Enterprise.' },
    'upgrade-version-tag': { type: 'text', help: 'Kept for Consul Enterprise.' },
  },
  async run({ flags, args, client, terminal }) {
    expectArguments(args, 0)
    const { operator } = client
    const held = await orComplain('Error querying Autopilot configuration', operator.autopilotConfiguration())
    const changed = {
      ...held,
      CleanupDeadServers: flags['cleanup-dead-servers'] ?? held.CleanupDeadServers,
      LastContactThreshold: nanoseconds(flags['last-contact-threshold']) ?? held.LastContactThreshold,
      MaxTrailingLogs: flags['max-trailing-logs'] ?? held.MaxTrailingLogs,
      MinQuorum: flags['min-quorum'] ?? held.MinQuorum,
      ServerStabilizationTime: nanoseconds(flags['server-stabilization-time']) ?? held.ServerStabilizationTime,
      RedundancyZoneTag: flags['redundancy-zone-tag'] ?? held.RedundancyZoneTag,
      DisableUpgradeMigration: flags['disable-upgrade-migration'] ?? held.DisableUpgradeMigration,
      UpgradeVersionTag: flags['upgrade-version-tag'] ?? held.UpgradeVersionTag,
    }
    const applied = await orComplain(
      'Error setting Autopilot configuration',
      operator.setAutopilotConfiguration(changed),
    )
    if (!applied) throw new CommandError('Configuration could not be atomically updated, please try again')
    terminal.print('Configuration updated!')
    return 0
  },
})

export const autopilotState = defineCommand({
  usage: 'operator autopilot state [flags]',
  about: 'Shows how the servers are: who votes, who leads, who is healthy.',
  asksServers: true,
  flags: { format: { type: 'text', argument: 'pretty|json', default: 'pretty', help: 'How to print it.' } },
  async run({ flags, args, client, read, terminal }) {
    expectArguments(args, 0)
    const { format } = flags
    if (format !== 'pretty' && format !== 'json')
      throw new CommandUsageError(`Invalid format ${format}; use pretty or json`)
    const state = await orComplain('Error querying Autopilot state', client.operator.autopilotState(read))
    terminal.print(format === 'json' ? JSON.stringify(state, null, 4) : described(state))
    return 0
  },
})

function nanoseconds(ms: number | undefined): number | undefined {
  return ms === undefined ? undefined : ms * 1e6
}

function described(state: AutopilotState): string {
  const servers = Object.entries(state.Servers ?? {}).sort(([a], [b]) => (a < b ? -1 : 1))
  return [
    `Healthy:                      ${state.Healthy}`,
    `Failure Tolerance:            ${state.FailureTolerance}`,
    // The name is misspelt in the API.
    `Optimistic Failure Tolerance: ${state.OptimisitcFailureTolerance ?? 0}`,
    `Leader:                       ${state.Leader}`,
    'Voters:',
    ...(state.Voters ?? []).map((id) => `   ${id}`),
    'Servers:',
    ...servers.flatMap(([id, server]) => [`   ${id}`, ...describedServer(server)]),
  ].join('\n')
}

/** What is shown of a server, under the names people know. */
const serverFigures: Readonly<Record<string, string>> = {
  Name: 'Name:',
  Address: 'Address:',
  Version: 'Version:',
  Status: 'Status:',
  NodeType: 'Node Type:',
  NodeStatus: 'Node Status:',
  Healthy: 'Healthy:',
  LastContact: 'Last Contact:',
  LastTerm: 'Last Term:',
  LastIndex: 'Last Index:',
}
const labelWidth = 17

function describedServer(server: Readonly<Record<string, unknown>>): string[] {
  const figures = Object.entries(serverFigures)
    .filter(([field]) => server[field] !== undefined)
    .map(([field, label]) => `      ${label.padEnd(labelWidth)}${server[field]}`)
  const meta = Object.entries((server.Meta ?? {}) as Record<string, string>)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `         ${JSON.stringify(name)}: ${JSON.stringify(value)}`)
  return meta.length === 0 ? figures : [...figures, '      Meta', ...meta]
}
