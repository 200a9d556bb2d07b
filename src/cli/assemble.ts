import {
  type Configuration,
  type PluginSetting,
  pluginSettings,
  readConfiguration,
  settleConfiguration,
} from '../config/load.ts'
import type { ConfigReader } from '../config/sources.ts'
import { suggestion } from '../config/suggest.ts'
import { formatOrigin } from '../kernel/config-tree.ts'
import { ConfigError } from '../kernel/errors.ts'
import { type LoadedPlugin, loadPlugin } from '../kernel/loader.ts'
import type { OptionOwner } from '../kernel/options.ts'
import type { AnyPlugin } from '../kernel/plugin.ts'
import { agentOwner } from './agent-options.ts'
import { type AgentArguments, parseAgentArguments } from './argv.ts'

export interface AssemblyInput {
  /** Arguments behind the command. */
  readonly args: readonly string[]
  readonly bundled: readonly AnyPlugin[]
  /** Folder that relative `-plugin` values and package names are looked up from. */
  readonly workingDir: string
  readonly reader: ConfigReader
  /** Files and folders to read besides those that flags name. */
  readonly morePlaces?: readonly string[]
  /** Take the defaults of `-dev` although the flag is not there: for commands that start nothing. */
  readonly dev?: boolean
}

/** Plugins and their options: all that an agent is made of, checked and not yet running. */
export interface Assembly {
  /** Switched on, in any order. */
  readonly plugins: readonly LoadedPlugin[]
  /** Names of those that are switched off. */
  readonly disabled: readonly string[]
  readonly configuration: Configuration
  readonly arguments: AgentArguments
}

/**
 * Reads flags and files, loads the plugins they name, and settles every option. Flags are read twice: which plugins there
 * are to bring flags of their own is only known after the first time.
 *
 * Throws a ConfigError with all that is wrong.
 */
export async function assemble(input: AssemblyInput): Promise<Assembly> {
  const first = parseAgentArguments(input.args, ownersOf(input.bundled), { tolerant: true })
  const sources = (flags: AgentArguments) => ({
    places: [...flags.places, ...(input.morePlaces ?? [])],
    format: flags.format,
    fragments: flags.fragments,
    flags: flags.flags,
    reader: input.reader,
  })
  const settings = pluginSettings(readConfiguration(sources(first)))
  const loaded = await loadAll(input, settings, first.plugins)
  const owners = ownersOf(loaded.map(({ plugin }) => plugin))
  const flags = parseAgentArguments(input.args, owners)
  const configuration = settleConfiguration(readConfiguration(sources(flags)), {
    owners,
    dev: flags.dev || (input.dev ?? false),
  })

  const names = loaded.map(({ plugin }) => plugin.name)
  const off = switchedOff(flags, settings, names)
  return {
    plugins: loaded.filter(({ plugin }) => !off.has(plugin.name)),
    disabled: names.filter((name) => off.has(name)),
    configuration: { ...configuration, warnings: [...flags.warnings, ...configuration.warnings] },
    arguments: flags,
  }
}

/** Everyone who declares options, the agent itself first. */
export function ownersOf(plugins: readonly AnyPlugin[]): OptionOwner[] {
  return [agentOwner, ...plugins.map(({ name, options }) => ({ name, options: options ?? {} }))]
}

async function loadAll(
  { bundled, workingDir }: AssemblyInput,
  settings: readonly PluginSetting[],
  named: readonly string[],
): Promise<LoadedPlugin[]> {
  const fromConfiguration = settings.filter(({ path }) => path !== undefined)
  const loaded = [
    ...bundled.map((plugin): LoadedPlugin => ({ plugin, origin: 'bundled' })),
    ...(await Promise.all(fromConfiguration.map((setting) => loadSetting(setting, workingDir)))),
    ...(await Promise.all(named.map((specifier) => loadPlugin(specifier, workingDir)))),
  ]
  assertUnlike(loaded)
  return loaded
}

/** Before anyone looks at their options, of which two of one name would have the same. */
function assertUnlike(loaded: readonly LoadedPlugin[]): void {
  const origins = new Map<string, string>()
  for (const { plugin, origin } of loaded) {
    const earlier = origins.get(plugin.name)
    if (earlier !== undefined) {
      throw new ConfigError(
        `two plugins are named "${plugin.name}": one from ${earlier}, one from ${origin}; give one another name`,
      )
    }
    origins.set(plugin.name, origin)
  }
}

async function loadSetting({ name, path, origin }: PluginSetting, workingDir: string): Promise<LoadedPlugin> {
  const loaded = await loadPlugin(path!, workingDir)
  if (loaded.plugin.name !== name) {
    throw new ConfigError(
      `${formatOrigin(origin)}: plugins.${name}: the plugin in ${loaded.origin} is named "${loaded.plugin.name}"; ` +
        'name the block after it',
    )
  }
  return loaded
}

function switchedOff(
  { disabledPlugins }: AgentArguments,
  settings: readonly PluginSetting[],
  names: readonly string[],
): Set<string> {
  for (const name of disabledPlugins) {
    if (!names.includes(name)) {
      throw new ConfigError(`flag -disable-plugin: there is no plugin ${name}${suggestion(name, names)}`)
    }
  }
  return new Set([...disabledPlugins, ...settings.filter(({ enabled }) => !enabled).map(({ name }) => name)])
}
