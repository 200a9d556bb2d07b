import { consulFlags, droppedFlags } from '../config/consul-flags.ts'
import { FlagTree, flagNode, flagProblem, judgeConsulFlag, optionFlags, parseGoBoolean } from '../config/flags.ts'
import { ConfigurationError } from '../config/load.ts'
import type { ConfigFormat } from '../config/sources.ts'
import { suggestion } from '../config/suggest.ts'
import type { ConfigObject } from '../kernel/config-tree.ts'
import { type ConfigProblem, formatProblem } from '../kernel/option-values.ts'
import type { OptionOwner } from '../kernel/options.ts'

/** How a flag takes its value. Go's rules: a boolean one never takes the next word, the others always do. */
export type FlagKind = 'boolean' | 'value'

interface FlagUse {
  readonly name: string
  /** Undefined for a boolean flag that stands alone. */
  readonly value: string | undefined
}

export interface ReadFlags {
  readonly uses: readonly FlagUse[]
  /** What follows the flags: Go stops at the first word that is none, and behind `--`. */
  readonly rest: readonly string[]
  readonly problems: readonly ConfigProblem[]
}

/**
 * Splits arguments by the rules of Go's flag package, which are what Consul's users type: one dash or two, `-x=v` or
 * `-x v`. `kindOf` knows the flags; one it does not know is a problem, with the nearest of `names` as advice.
 */
export function readFlags(
  args: readonly string[],
  kindOf: (name: string) => FlagKind | undefined,
  names: Iterable<string> = [],
): ReadFlags {
  const uses: FlagUse[] = []
  const problems: ConfigProblem[] = []
  const known = [...names]
  let at = 0
  for (; at < args.length; at++) {
    const argument = args[at] ?? ''
    if (argument === '--') {
      at++
      break
    }
    const match = /^--?([^-=][^=]*)(?:=(.*))?$/s.exec(argument)
    if (!match) {
      if (!/^-[-=]/.test(argument)) break
      problems.push(flagProblem(argument, 'is not a flag; write -name or -name=value'))
      continue
    }
    const [, name = '', attached] = match
    const kind = kindOf(name)
    if (kind === undefined) {
      const advice =
        suggestion(
          `-${name}`,
          known.map((one) => `-${one}`),
        ) || '; see -help'
      problems.push(flagProblem(`-${name}`, `is not a flag of this command${advice}`))
      if (attached === undefined && args[at + 1]?.startsWith('-') === false) at++
    } else if (attached !== undefined || kind === 'boolean') {
      uses.push({ name, value: attached })
    } else if (at + 1 < args.length) {
      uses.push({ name, value: args[++at] })
    } else {
      problems.push(flagProblem(`-${name}`, 'needs a value; write it behind the flag'))
    }
  }
  return { uses, rest: args.slice(at), problems }
}

/**
 * The same arguments as cac takes them: two dashes, values attached. Meant for finding the command and `--help`; cac makes
 * numbers of values that look like some, so read values with {@link readFlags}.
 */
export function cacArguments(args: readonly string[]): string[] {
  const end = args.indexOf('--')
  return args.map((argument, index) => {
    if (end !== -1 && index >= end) return argument
    return /^-[A-Za-z][^=]/.test(argument) ? `-${argument}` : argument
  })
}

/** What the command line of `agent`, `validate` and `plugins` says. */
export interface AgentArguments {
  readonly help: boolean
  readonly dev: boolean
  /** Files and folders in the order named. */
  readonly places: readonly string[]
  readonly format: ConfigFormat | undefined
  readonly fragments: readonly string[]
  /** Paths and package names of plugins to load besides the bundled ones. */
  readonly plugins: readonly string[]
  readonly disabledPlugins: readonly string[]
  /** The options set by flags, as one more source of configuration. */
  readonly flags: ConfigObject
  /** Words behind the flags; `validate` takes files there. */
  readonly rest: readonly string[]
  readonly warnings: readonly string[]
}

/** Flags that say where configuration comes from and so cannot be configured. */
const ownFlags: ReadonlyMap<string, { readonly kind: FlagKind; readonly argument: string; readonly help: string }> =
  new Map([
    ['config-file', { kind: 'value', argument: 'path', help: 'File to read, .hcl or .json. May be repeated.' }],
    [
      'config-dir',
      { kind: 'value', argument: 'path', help: 'Folder whose .hcl and .json files are read by name. May be repeated.' },
    ],
    ['config-format', { kind: 'value', argument: 'hcl|json', help: 'Format of all files, whatever their endings.' }],
    ['hcl', { kind: 'value', argument: 'text', help: 'Configuration in HCL, over files and flags. May be repeated.' }],
    ['dev', { kind: 'boolean', argument: '', help: 'Development: one server, in memory, nothing written.' }],
    [
      'plugin',
      { kind: 'value', argument: 'path', help: 'File, folder or npm package of a plugin to load. May be repeated.' },
    ],
    ['disable-plugin', { kind: 'value', argument: 'name', help: 'Plugin that is not loaded. May be repeated.' }],
    ['help', { kind: 'boolean', argument: '', help: 'This text.' }],
  ])

/**
 * Reads the arguments behind `agent`. Flags are those above, those that `owners` declare, and Consul's others, which are
 * ignored with a warning or refused as their keys are. `tolerant` passes over unknown flags: third-party plugins bring
 * flags of their own, and which plugins those are is only known after a first reading.
 *
 * @throws ConfigurationError with all that is wrong.
 */
export function parseAgentArguments(
  args: readonly string[],
  owners: readonly OptionOwner[],
  { tolerant = false }: { readonly tolerant?: boolean } = {},
): AgentArguments {
  const options = optionFlags(owners, new Set(ownFlags.keys()))
  const kindOf = (name: string): FlagKind | undefined => {
    const declared = options.get(name)
    if (declared) return declared.declaration.type === 'boolean' ? 'boolean' : 'value'
    if (name === 'h') return 'boolean'
    const consul = consulFlags.get(name)
    if (consul) return consul.boolean ? 'boolean' : 'value'
    return ownFlags.get(name)?.kind ?? (droppedFlags.has(name) ? 'value' : undefined)
  }
  const read = readFlags(args, kindOf, [...options.keys(), ...ownFlags.keys()])
  const problems = tolerant ? [] : [...read.problems]
  const gathered = new Map<string, string[]>()
  const flags = new FlagTree()
  const warnings: string[] = []
  for (const { name, value } of read.uses) {
    const option = options.get(name)
    if (option) {
      const node = flagNode(option.declaration, value, { file: `flag -${name}`, line: 0, column: 0 })
      if (typeof node === 'string') problems.push(flagProblem(`-${name}`, node))
      else flags.set(option, node)
    } else if (ownFlags.has(name) || name === 'h') {
      const canonical = name === 'h' ? 'help' : name
      gathered.set(canonical, [...(gathered.get(canonical) ?? []), value ?? 'true'])
    } else {
      const { problem, warning } = judgeConsulFlag(name, value)
      if (problem) problems.push(problem)
      if (warning) warnings.push(formatProblem(warning))
    }
  }

  const lastOf = (name: string) => gathered.get(name)?.at(-1)
  const switchedOn = (name: string): boolean => {
    const on = parseGoBoolean(lastOf(name) ?? 'false')
    if (on === undefined) problems.push(flagProblem(`-${name}`, 'must be true or false'))
    return on ?? false
  }
  const format = lastOf('config-format')
  if (format !== undefined && format !== 'hcl' && format !== 'json') {
    problems.push(flagProblem('-config-format', `${JSON.stringify(format)} is no format; use hcl or json`))
  }
  const result: AgentArguments = {
    help: switchedOn('help'),
    dev: switchedOn('dev'),
    places: read.uses.flatMap(({ name, value }) =>
      name === 'config-file' || name === 'config-dir' ? [value ?? ''] : [],
    ),
    format: format === 'hcl' || format === 'json' ? format : undefined,
    fragments: gathered.get('hcl') ?? [],
    plugins: gathered.get('plugin') ?? [],
    disabledPlugins: gathered.get('disable-plugin') ?? [],
    flags: flags.finish(),
    rest: read.rest,
    warnings,
  }
  if (problems.length > 0) throw new ConfigurationError(problems)
  return result
}

/** Two columns for `-help` of the flags that are no options. */
export function ownFlagHelp(): [flag: string, help: string][] {
  return [...ownFlags].map(([name, { argument, help }]) => [
    argument === '' ? `-${name}` : `-${name}=<${argument}>`,
    help,
  ])
}
