import type { AgentCommand } from '../command.ts'
import { runCommand } from '../command.ts'
import type { FlagDeclarations } from '../command-flags.ts'
import type { Terminal } from '../terminal.ts'

/** One command, or with `subcommands` a family of them. Its code is loaded when it runs: starting an agent waits for none. */
export interface CommandEntry {
  readonly name: string
  /** One line for lists. */
  readonly summary: string
  /** Runs it on the words behind its name; resolves with the exit status. */
  readonly run?: (args: readonly string[], terminal: Terminal) => Promise<number>
  readonly subcommands?: readonly CommandEntry[]
}

export interface CommandGroup {
  readonly title: string
  readonly commands: readonly CommandEntry[]
}

/** The commands that talk to a running agent, in the groups in which help shows them. */
export const agentCommandGroups: readonly CommandGroup[] = [
  {
    title: 'The cluster',
    commands: [
      entry('members', 'List the members of the cluster', async () => (await import('./members.ts')).members),
      entry('join', 'Meet a cluster', async () => (await import('./membership.ts')).join),
      entry(
        'leave',
        'Say goodbye to the cluster and end the agent',
        async () => (await import('./membership.ts')).leave,
      ),
      entry(
        'force-leave',
        'Declare that a failed member has left',
        async () => (await import('./membership.ts')).forceLeave,
      ),
      entry('event', 'Send an event to agents', async () => (await import('./event.ts')).event),
      entry('rtt', 'Estimate the round trip between two nodes', async () => (await import('./rtt.ts')).rtt),
      entry('keyring', 'Manage the keys that encrypt gossip', async () => (await import('./keyring.ts')).keyring),
    ],
  },
  {
    title: 'A running agent',
    commands: [
      entry('info', 'Show figures of the agent', async () => (await import('./agent-life.ts')).info),
      entry(
        'monitor',
        'Show the log of the agent as it is written',
        async () => (await import('./agent-life.ts')).monitor,
      ),
      entry(
        'reload',
        'Have the agent read its configuration anew',
        async () => (await import('./agent-life.ts')).reload,
      ),
      entry(
        'maint',
        'Take the node or a service out for maintenance',
        async () => (await import('./agent-life.ts')).maint,
      ),
    ],
  },
  {
    title: 'Services, keys and locks',
    commands: [
      family('catalog', 'See what is registered', [
        entry('datacenters', 'List datacenters', async () => (await import('./catalog/list.ts')).catalogDatacenters),
        entry('nodes', 'List nodes', async () => (await import('./catalog/list.ts')).catalogNodes),
        entry('services', 'List services', async () => (await import('./catalog/list.ts')).catalogServices),
      ]),
      family('services', 'Register services on the agent', [
        entry('register', 'Register services', async () => (await import('./services/register.ts')).servicesRegister),
        entry('deregister', 'Remove services', async () => (await import('./services/register.ts')).servicesDeregister),
      ]),
      family('kv', 'Read and write keys', [
        entry('get', 'Print values or names', async () => (await import('./kv/get.ts')).kvGet),
        entry('put', 'Write a key', async () => (await import('./kv/put.ts')).kvPut),
        entry('delete', 'Delete keys', async () => (await import('./kv/delete.ts')).kvDelete),
        entry('export', 'Print keys as JSON', async () => (await import('./kv/transfer.ts')).kvExport),
        entry('import', 'Write the keys of an export', async () => (await import('./kv/transfer.ts')).kvImport),
      ]),
      entry('lock', 'Run a command while holding a lock', async () => (await import('./lock.ts')).lock),
      entry('watch', 'Follow changes, and run a program with each', async () => (await import('./watch.ts')).watch),
    ],
  },
]

/** Families of `proconsul operator`, besides what it does without an agent. */
export const operatorCommands: readonly CommandEntry[] = [
  family('raft', 'See and change which servers hold the log', [
    entry('list-peers', 'List the servers', async () => (await import('./operator/raft.ts')).raftListPeers),
    entry('remove-peer', 'Take a server out', async () => (await import('./operator/raft.ts')).raftRemovePeer),
    entry('transfer-leader', 'Have another lead', async () => (await import('./operator/raft.ts')).raftTransferLeader),
  ]),
  family('autopilot', 'See and change how servers are cared for', [
    entry('get-config', 'Show the settings', async () => (await import('./operator/autopilot.ts')).autopilotGetConfig),
    entry('set-config', 'Change settings', async () => (await import('./operator/autopilot.ts')).autopilotSetConfig),
    entry('state', 'Show how the servers are', async () => (await import('./operator/autopilot.ts')).autopilotState),
  ]),
]

/** Commands of Consul 1.10 that are not here, and why. */
export const missingCommands: Readonly<Record<string, string>> = {
  acl: 'access control lists are not supported yet',
  config: 'configuration entries are not supported yet',
  connect: 'the service mesh is not supported yet',
  debug: 'it is not supported yet; see proconsul info, proconsul monitor and /v1/agent/metrics',
  exec: 'running programs on all nodes is switched off in Consul by default, and not supported here',
  intention: 'the service mesh is not supported yet',
  login: 'access control lists are not supported yet',
  logout: 'access control lists are not supported yet',
  snapshot: 'archives of the state are not supported yet; stop the agent and copy its data directory',
  tls: 'certificates are not made here; use a tool such as openssl',
}

function entry<F extends FlagDeclarations>(
  name: string,
  summary: string,
  load: () => Promise<AgentCommand<F>>,
): CommandEntry {
  return { name, summary, run: async (args, terminal) => runCommand(await load(), args, terminal) }
}

function family(name: string, summary: string, subcommands: readonly CommandEntry[]): CommandEntry {
  return { name, summary, subcommands }
}
