import { cac } from 'cac'
import { systemReader } from '../config/sources.ts'
import { suggestion } from '../config/suggest.ts'
import { PluginFailedError, ProconsulError } from '../kernel/errors.ts'
import { consulVersion, version } from '../version.ts'
import { cacArguments } from './argv.ts'
import type { AssemblyInput } from './assemble.ts'
import {
  agentCommandGroups,
  type CommandEntry,
  type CommandGroup,
  missingCommands,
  operatorCommands,
} from './commands/table.ts'
import { describeError } from './describe-error.ts'
import { columns } from './print.ts'
import { processTerminal, type Terminal } from './terminal.ts'

/** Every command, in the groups in which help shows them. */
export const commandGroups: readonly CommandGroup[] = [
  {
    title: 'To run an agent',
    commands: [
      withAgentFlags('agent', 'Run an agent', async (input) => (await import('./agent.ts')).runAgent(input)),
      withAgentFlags('validate', 'Check configuration without starting', async (input) =>
        (await import('./validate.ts')).runValidate(input),
      ),
      withAgentFlags('plugins', 'Show what is loaded, from where, and what it taps', async (input) =>
        (await import('./plugins.ts')).runPlugins(input),
      ),
      {
        name: 'keygen',
        summary: 'Make a key for the encryption of gossip',
        run: async (args, terminal) => (await import('./keygen.ts')).runKeygen(args, terminal),
      },
      { name: 'version', summary: 'Print the version', run: async (_args, terminal) => printVersion(terminal) },
    ],
  },
  ...agentCommandGroups,
  {
    title: 'To look after the servers',
    commands: [
      {
        name: 'operator',
        summary: 'Tools for those who run a cluster',
        subcommands: [
          ...operatorCommands,
          {
            name: 'recover',
            summary: 'Make a cluster of the servers that are left, from their data directories',
            run: async (args) => (await import('./operator-recover.ts')).runRecover(args),
          },
        ],
      },
      {
        name: 'inspect',
        summary: 'Read a raft.db, also while an agent runs',
        run: async (args) => (await import('./inspect.ts')).runInspect(args),
      },
    ],
  },
]

/** What a shell says of a command that is not there. */
const unknownStatus = 127

/** Runs one command line; resolves with the exit status. */
export async function run(argv: readonly string[], terminal: Terminal = processTerminal()): Promise<number> {
  // Where cac sees a wish for help it prints its own page, which knows none of the flags.
  const words = cacArguments(argv).filter((word) => !isHelp(word))
  const { args, options } = cac('proconsul').parse(['node', 'proconsul', ...words], { run: false })
  const [name] = args
  if (name === undefined && (options.version === true || options.v === true)) return printVersion(terminal)
  if (name === undefined || name === 'help') {
    terminal.print(overview())
    return 0
  }
  const rest = argv.slice(argv.indexOf(name) + 1)
  try {
    return await dispatch(
      commandGroups.flatMap(({ commands }) => commands),
      [name, ...rest],
      [],
      terminal,
    )
  } catch (error) {
    for (const line of describeError(error).split('\n')) terminal.complain(`==> ${line}`)
    if (!(error instanceof ProconsulError)) {
      const culprit = error instanceof PluginFailedError ? `the plugin "${error.plugin}"` : 'Proconsul'
      terminal.complain(`==> This is a bug in ${culprit}; please report it with the lines above.`)
    }
    return 1
  }
}

/** Finds the command that the words name, one word for each level, and runs it on the words behind. */
async function dispatch(
  known: readonly CommandEntry[],
  words: readonly string[],
  above: readonly string[],
  terminal: Terminal,
): Promise<number> {
  const [name, ...rest] = words
  const said = ['proconsul', ...above].join(' ')
  if (name === undefined || isHelp(name)) {
    terminal.print(familyHelp(said, known))
    return name === undefined ? 1 : 0
  }
  const found = known.find((entry) => entry.name === name)
  if (found?.subcommands) return dispatch(found.subcommands, rest, [...above, name], terminal)
  if (found?.run) return found.run(rest, terminal)
  if (above.length === 0 && Object.hasOwn(missingCommands, name)) {
    terminal.complain(`==> ${said} ${name}: ${missingCommands[name]}`)
    return 1
  }
  const names = known.map((entry) => entry.name)
  const advice = suggestion(name, names) || `; it has ${names.join(', ')}`
  terminal.complain(`==> ${said} has no command ${name}${advice}`)
  return unknownStatus
}

function overview(): string {
  const width = Math.max(...commandGroups.flatMap(({ commands }) => commands.map(({ name }) => name.length)))
  const sections = commandGroups.map(
    ({ title, commands }) =>
      `${title}\n${commands.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`).join('\n')}`,
  )
  return ['Usage: proconsul COMMAND [flags] [arguments]', ...sections, 'Each has a -help of its own.'].join('\n\n')
}

function familyHelp(said: string, commands: readonly CommandEntry[]): string {
  const rows = commands.map(({ name, summary }) => [`  ${name}`, summary])
  return `Usage: ${said} COMMAND [flags] [arguments]\n\n${columns(rows)}\n\nEach has a -help of its own.`
}

/** A command that takes the flags of `agent`, which the bundled plugins declare. Other commands do not wait for those to load. */
function withAgentFlags(name: string, summary: string, start: (input: AssemblyInput) => Promise<number>): CommandEntry {
  return {
    name,
    summary,
    async run(args, terminal) {
      const { bundledPlugins: bundled } = await import('../../plugins/index.ts')
      if (!args.some(isHelp)) return start({ args, bundled, workingDir: process.cwd(), reader: systemReader })
      const { agentHelp } = await import('./agent-help.ts')
      terminal.print(agentHelp(name, summary, bundled))
      return 0
    },
  }
}

function printVersion(terminal: Terminal): number {
  terminal.print(
    `Proconsul v${version}\nSpeaks the protocols of Consul ${consulVersion}; runs on Node ${process.version}`,
  )
  return 0
}

function isHelp(word: string): boolean {
  return /^--?h(elp)?$/.test(word)
}
