import type { ConfigNode } from './config-tree.ts'

/**
 * What a plugin lets an operator set. One declaration gives the option's type, its default, its flag and line in
 * `-help`, its row in the plugin's README and its line in `config.example.hcl`.
 */
export type OptionDeclaration =
  | TextOption
  | PathOption
  | IntegerOption
  | FloatOption
  | PortOption
  | BooleanOption
  | DurationOption
  | ListOption
  | MapOption
  | AddressesOption
  | AnyOption

interface OptionBase {
  /**
   * Consul's own dotted key: `ports.dns`. Options of bundled plugins have one. Without it the option is
   * `plugins.NAME.option_name`, which is where third-party plugins are configured.
   */
  readonly key?: string
  /** One sentence: what it is for, with units and limits. */
  readonly help: string
  /** Name of the command-line flag without its dash: `dns-port`. Flags of lists and maps may be repeated. */
  readonly flag?: string
  /** True when a reload (SIGHUP) may change it; the others take effect at the next start. */
  readonly reloadable?: boolean
  /** The value as written in `config.example.hcl`, where the default does not tell how one looks (`"10.0.0.1"`). */
  readonly example?: string
}

/** Text. With `choices` only those words are accepted, and the value has their union type. */
interface TextOption extends OptionBase {
  readonly type: 'text'
  readonly default?: string
  /** The default of an agent started with `-dev`, where it differs. The same for every kind of option below. */
  readonly devDefault?: string
  readonly choices?: readonly string[]
}

/**
 * A path, delivered absolute. A relative one counts from the working directory when the option has a key of Consul's, as
 * there, and from the folder of the file it stands in when it is a plugin's own (`plugins.NAME.…`).
 */
interface PathOption extends OptionBase {
  readonly type: 'path'
  readonly default?: string
  readonly devDefault?: string
}

interface IntegerOption extends OptionBase {
  readonly type: 'integer'
  readonly default?: number
  readonly devDefault?: number
  readonly min?: number
  readonly max?: number
}

interface FloatOption extends OptionBase {
  readonly type: 'float'
  readonly default?: number
  readonly devDefault?: number
  readonly min?: number
  readonly max?: number
}

/** 1 to 65535, or -1 for off (Consul reads 0 and every negative number as off). */
interface PortOption extends OptionBase {
  readonly type: 'port'
  readonly default?: number
  readonly devDefault?: number
}

/** Without a default the value is undefined unless set: a third state, for what depends on other settings. */
interface BooleanOption extends OptionBase {
  readonly type: 'boolean'
  readonly default?: boolean
  readonly devDefault?: boolean
}

/** Declared and written as Go writes it (`"1m30s"`), delivered in milliseconds, fractions included. */
interface DurationOption extends OptionBase {
  readonly type: 'duration'
  readonly default?: string
  readonly devDefault?: string
  readonly min?: string
  readonly max?: string
}

/** Texts. Several sources add to one another, as all lists of Consul do. One text alone is a list of one. */
interface ListOption extends OptionBase {
  readonly type: 'list'
  readonly default?: readonly string[]
  readonly devDefault?: readonly string[]
}

/** Text by name. A later source replaces the whole map, as in Consul. As a flag: `-node-meta name:value`, repeatable. */
interface MapOption extends OptionBase {
  readonly type: 'map'
  readonly default?: Readonly<Record<string, string>>
  readonly devDefault?: Readonly<Record<string, string>>
}

/**
 * One or more addresses in one text with spaces between: IPs, `unix://` paths, and `{{ GetPrivateIP }}` templates, which
 * are still templates in the value (src/config/address.ts resolves them).
 */
interface AddressesOption extends OptionBase {
  readonly type: 'addresses'
  readonly default?: string
  readonly devDefault?: string
}

/** The subtree as written, for an owner that reads it itself. Undefined when absent. What several sources say adds up to a list. */
interface AnyOption extends OptionBase {
  readonly type: 'any'
  /** How a later source meets an earlier one: `append` (the default) gathers a list, `replace` keeps only the later. */
  readonly merge?: 'append' | 'replace'
  readonly default?: undefined
  readonly devDefault?: undefined
}

/** A plugin's options by the name its code knows them under. */
export type OptionDeclarations = Readonly<Record<string, OptionDeclaration>>

interface KindValues {
  text: string
  path: string
  integer: number
  float: number
  port: number
  boolean: boolean
  duration: number
  list: readonly string[]
  map: Readonly<Record<string, string>>
  addresses: readonly string[]
  any: ConfigNode
}

type WrittenValue<O extends OptionDeclaration> = O extends {
  readonly type: 'text'
  readonly choices: readonly (infer Choice extends string)[]
}
  ? Choice
  : KindValues[O['type']]

/** Lists, maps and addresses are empty when absent; the other kinds are undefined unless they declare a default. */
type AlwaysThere =
  | { readonly type: 'list' | 'map' | 'addresses' }
  | { readonly default: string | number | boolean | object }

/** What `setup` receives for one declaration. */
type OptionValue<O extends OptionDeclaration> = O extends AlwaysThere ? WrittenValue<O> : WrittenValue<O> | undefined

/**
 * What `setup` receives for a plugin's declarations. For exact types the declarations must keep their literals: take them
 * as `const D extends OptionDeclarations`.
 */
export type OptionValues<D extends OptionDeclarations> = { readonly [Name in keyof D]: OptionValue<D[Name]> }

/** Who declares options: a plugin, or the agent itself under the name `agent`. */
export interface OptionOwner {
  readonly name: string
  readonly options: OptionDeclarations
}

/** The dotted key an option is written under: its own, or `plugins.NAME.option_name`. */
export function optionKey(ownerName: string, optionName: string, declaration: OptionDeclaration): string {
  return (
    declaration.key ?? `plugins.${ownerName}.${optionName.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}`
  )
}
