import { dirname, resolve } from 'node:path'
import type { ConfigNode, ConfigObject, Origin } from '../kernel/config-tree.ts'
import { ConfigError } from '../kernel/errors.ts'
import { type ConfigProblem, findNode, formatProblem, parseOptions } from '../kernel/option-values.ts'
import type { OptionDeclarations, OptionOwner, OptionValues } from '../kernel/options.ts'
import { Catalogue, pluginOptions } from './catalogue.ts'
import { ConfigSyntaxError } from './hcl/syntax.ts'
import { mergeTrees, splitFlags } from './merge.ts'
import { canonicalSource } from './settings.ts'
import { type ConfigFormat, type ConfigReader, parseConfig, readSources } from './sources.ts'

/** The configuration cannot be used. The message has one line for each problem: `FILE:LINE:COLUMN: key: …; what to do`. */
export class ConfigurationError extends ConfigError {
  readonly problems: readonly ConfigProblem[]

  constructor(problems: readonly ConfigProblem[]) {
    const lines = problems.slice(0, problemsShown).map(formatProblem)
    if (problems.length > problemsShown) lines.push(`… and ${problems.length - problemsShown} more`)
    super(lines.join('\n'))
    this.problems = problems
  }
}

const problemsShown = 100

export interface ConfigurationSources {
  /** Files and folders, in the order of `-config-file` and `-config-dir`. */
  readonly places?: readonly string[]
  /** `-config-format`: what files are, whatever their endings. */
  readonly format?: ConfigFormat
  /** `-hcl`: HCL texts that overrule files and flags, as in Consul. */
  readonly fragments?: readonly string[]
  /** Flags as a tree (src/cli/argv.ts). */
  readonly flags?: ConfigObject
  readonly reader: ConfigReader
}

/** What was written, read and parsed but not yet held against the declared options. */
export interface WrittenConfiguration {
  readonly files: readonly ConfigObject[]
  readonly fragments: readonly ConfigObject[]
  readonly flags: ConfigObject
  readonly problems: readonly ConfigProblem[]
  readonly warnings: readonly ConfigProblem[]
}

/** What a `plugins { NAME { … } }` block says about loading, which must be known before the plugin's options are. */
export interface PluginSetting {
  readonly name: string
  readonly enabled: boolean
  /** A file or folder, absolute when the file that says it gave a relative one; or the name of an npm package. */
  readonly path?: string
  readonly origin: Origin
}

export interface Configuration {
  /** The merged tree: only declared keys, in canonical spelling. */
  readonly tree: ConfigObject
  /** Each owner's options by its name. */
  readonly values: ReadonlyMap<string, Readonly<Record<string, unknown>>>
  /** One line each, ready for the log. */
  readonly warnings: readonly string[]
  /** {@link values} of one owner with the types of its declarations. */
  valuesOf<D extends OptionDeclarations>(owner: { readonly name: string; readonly options: D }): OptionValues<D>
  /** Where a dotted key was written; undefined for one that has its default. */
  originOf(key: string): Origin | undefined
}

export interface SettleOptions {
  /** Everyone who declares options, also plugins that are switched off: their keys stay known. */
  readonly owners: readonly OptionOwner[]
  /** `-dev`: options have their `devDefault`. */
  readonly dev?: boolean
  /** Called with the merged tree before options are parsed; what it returns takes its place. */
  readonly configure?: (tree: ConfigObject) => ConfigObject
}

/** Reads and settles in one step, for whoever loads no third-party plugins in between. */
export function loadConfiguration(options: ConfigurationSources & SettleOptions): Configuration {
  return settleConfiguration(readConfiguration(options), options)
}

/** Reads every source. Problems are kept for {@link settleConfiguration}, so that all come out together. */
export function readConfiguration(sources: ConfigurationSources): WrittenConfiguration {
  const { trees, problems, warnings } = readSources(sources.places ?? [], sources.format, sources.reader)
  const fragments: ConfigObject[] = []
  const fragmentProblems: ConfigProblem[] = []
  for (const [index, text] of (sources.fragments ?? []).entries()) {
    try {
      fragments.push(parseConfig(text, `flag -hcl #${index + 1}`, 'hcl'))
    } catch (error) {
      if (!(error instanceof ConfigSyntaxError)) throw error
      fragmentProblems.push({ origin: error.origin, key: '', message: error.reason })
    }
  }
  const flags = sources.flags ?? emptyTree('flags')
  return { files: trees, fragments, flags, problems: [...problems, ...fragmentProblems], warnings }
}

/**
 * Merges the sources in Consul's order, checks every key and parses every owner's options.
 *
 * @throws ConfigurationError with all that is wrong, in every source.
 */
export function settleConfiguration(written: WrittenConfiguration, options: SettleOptions): Configuration {
  const catalogue = new Catalogue(options.owners)
  const problems = [...written.problems]
  const warnings = [...written.warnings]
  const canonical = (source: ConfigObject): ConfigObject => {
    const result = canonicalSource(source, catalogue)
    problems.push(...result.problems)
    warnings.push(...result.warnings)
    return result.tree
  }

  const flags = splitFlags(canonical(written.flags), catalogue)
  const layers = [flags.lists, ...written.files.map(canonical), flags.values, ...written.fragments.map(canonical)]
  const merged = layers.reduce((earlier, later) => mergeTrees(earlier, later, catalogue), emptyTree('configuration'))
  const tree = options.configure?.(merged) ?? merged

  const values = new Map<string, Readonly<Record<string, unknown>>>()
  for (const { name, options: declarations } of options.owners) {
    const parsed = parseOptions(name, declarations, tree, { dev: options.dev })
    values.set(name, parsed.values)
    problems.push(...parsed.problems, ...parseOptions(name, pluginOptions, tree).problems)
  }
  if (problems.length > 0) throw new ConfigurationError(problems)
  return {
    tree,
    values,
    warnings: warnings.map(formatProblem),
    valuesOf: <D extends OptionDeclarations>(owner: { readonly name: string }) =>
      values.get(owner.name) as OptionValues<D>,
    originOf: (key) => findNode(tree, key)?.origin,
  }
}

/** Which plugins the sources switch off or load from elsewhere. What is malformed here is reported when settling. */
export function pluginSettings({ files, fragments }: WrittenConfiguration): PluginSetting[] {
  const found = new Map<string, PluginSetting>()
  for (const source of [...files, ...fragments]) {
    for (const block of blocks(lookup(source, 'plugins'))) {
      for (const [name, { keyOrigin, value }] of block.entries) {
        for (const plugin of blocks(value)) {
          const earlier = found.get(name) ?? { name, enabled: true, origin: keyOrigin }
          found.set(name, { ...earlier, ...pluginSetting(plugin) })
        }
      }
    }
  }
  return [...found.values()]
}

function pluginSetting(block: ConfigObject): Partial<PluginSetting> {
  const enabled = lookup(block, 'enabled')
  const path = lookup(block, 'path')
  return {
    ...(enabled?.kind === 'boolean' && { enabled: enabled.value }),
    ...(path?.kind === 'text' && { path: resolvePluginPath(path.value, path.origin) }),
  }
}

/** `./x`, `../x` and names with a script's ending are files or folders; any other relative name is a package. */
function resolvePluginPath(path: string, { file, line }: Origin): string {
  const isFile = /^\.\.?(?:\/|$)/.test(path) || /\.[cm]?[jt]s$/.test(path)
  return isFile && line > 0 ? resolve(dirname(file), path) : path
}

function lookup(object: ConfigObject, key: string): ConfigNode | undefined {
  for (const [written, { value }] of object.entries) if (written.toLowerCase() === key) return value
  return undefined
}

function blocks(node: ConfigNode | undefined): ConfigObject[] {
  if (node?.kind === 'list') return node.items.flatMap((item) => blocks(item))
  return node?.kind === 'object' ? [node] : []
}

function emptyTree(file: string): ConfigObject {
  return { kind: 'object', entries: new Map(), origin: { file, line: 0, column: 0 } }
}
