import { type CAC, cac } from 'cac'
import { bundledPlugins } from '../../plugins/index.ts'
import { systemReader } from '../config/sources.ts'
import { suggestion } from '../config/suggest.ts'
import { PluginFailedError, ProconsulError } from '../kernel/errors.ts'
import { consulVersion, version } from '../version.ts'
import { describe, runAgent } from './agent.ts'
import { agentHelp } from './agent-help.ts'
import { cacArguments } from './argv.ts'
import type { AssemblyInput } from './assemble.ts'
import { runInspect } from './inspect.ts'
import { runOperator } from './operator.ts'
import { runPlugins } from './plugins.ts'
import { writeError, writeLine } from './print.ts'
import { runValidate } from './validate.ts'

interface Command {
  readonly summary: string
  /** Resolves with the exit status. */
  run(args: readonly string[]): Promise<number>
}

/** Every command, by name. Flags are each command's own business: they follow Go's rules, which cac does not. */
const commands: Readonly<Record<string, Command>> = {
  agent: { summary: 'Run an agent', run: (args) => runAgent(assemblyInput(args)) },
  validate: { summary: 'Check configuration without starting', run: (args) => runValidate(assemblyInput(args)) },
  plugins: {
    summary: 'Show what is loaded, from where, and what it taps',
    run: (args) => runPlugins(assemblyInput(args)),
  },
  operator: { summary: 'Tools for those who run a cluster', run: (args) => runOperator(args) },
  inspect: { summary: 'Read a raft.db, also while an agent runs', run: (args) => runInspect(args) },
  version: {
    summary: 'Print the version',
    run: async () => {
      writeLine(
        `Proconsul v${version}\nSpeaks the protocols of Consul ${consulVersion}; runs on Node ${process.version}`,
      )
      return 0
    },
  },
}

/** Runs one command line; resolves with the exit status. */
export async function run(argv: readonly string[]): Promise<number> {
  const cli = commandTable()
  // Where cac sees a wish for help it prints its own page, which knows none of the flags.
  const words = cacArguments(argv).filter((word) => !isHelp(word))
  const { args, options } = cli.parse(['node', 'proconsul', ...words], { run: false })
  const name = cli.matchedCommandName ?? args[0]
  if (name === undefined && (options.version === true || options.v === true)) return commands.version!.run([])
  const command = name !== undefined && Object.hasOwn(commands, name) ? commands[name] : undefined
  if (!command || name === undefined) return usage(cli, name)
  const rest = argv.slice(argv.indexOf(name) + 1)
  if (rest.some(isHelp) && name !== 'inspect' && name !== 'operator') {
    writeLine(agentHelp(name, command.summary, bundledPlugins))
    return 0
  }
  try {
    return await command.run(rest)
  } catch (error) {
    for (const line of describe(error).split('\n')) writeError(`==> ${line}`)
    if (!(error instanceof ProconsulError)) {
      const culprit = error instanceof PluginFailedError ? `the plugin "${error.plugin}"` : 'Proconsul'
      writeError(`==> This is a bug in ${culprit}; please report it with the lines above.`)
    }
    return 1
  }
}

function commandTable(): CAC {
  const cli = cac('proconsul')
  for (const [name, { summary }] of Object.entries(commands)) cli.command(name, summary).allowUnknownOptions()
  cli.help()
  return cli
}

function usage(cli: CAC, name: string | undefined): number {
  if (name === undefined || name === 'help') {
    cli.outputHelp()
    return 0
  }
  const known = Object.keys(commands)
  const advice = suggestion(name, known) || `; it has ${known.join(', ')}`
  writeError(`==> proconsul has no command ${name}${advice}`)
  return 127
}

function isHelp(word: string): boolean {
  return /^--?h(elp)?$/.test(word)
}

function assemblyInput(args: readonly string[]): AssemblyInput {
  return { args, bundled: bundledPlugins, workingDir: process.cwd(), reader: systemReader }
}
