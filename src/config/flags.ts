import type { ConfigEntry, ConfigNode, ConfigObject, Origin } from '../kernel/config-tree.ts'
import { type ConfigProblem, keySegments } from '../kernel/option-values.ts'
import { type OptionDeclaration, type OptionOwner, optionKey } from '../kernel/options.ts'
import { consulFlags, droppedFlags } from './consul-flags.ts'
import { ConfigurationError } from './load.ts'
import { unsupportedKeys } from './unsupported.ts'

/** An option that a flag sets. */
export interface OptionFlag {
  readonly key: string
  readonly declaration: OptionDeclaration
}

/**
 * The flags that options declare, by name. `taken` are names the command line keeps for itself.
 *
 * @throws ConfigurationError when two want one name.
 */
export function optionFlags(owners: readonly OptionOwner[], taken: ReadonlySet<string>): Map<string, OptionFlag> {
  const found = new Map<string, OptionFlag>()
  for (const { name: ownerName, options } of owners) {
    for (const [optionName, declaration] of Object.entries(options)) {
      const { flag } = declaration
      if (flag === undefined) continue
      const key = optionKey(ownerName, optionName, declaration)
      const other = found.get(flag)?.key ?? (taken.has(flag) ? 'the command line itself' : undefined)
      if (other !== undefined) {
        const message = `of plugin ${ownerName} cannot be declared, because ${other} has it; give it another flag`
        throw new ConfigurationError([flagProblem(`-${flag}`, message)])
      }
      found.set(flag, { key, declaration })
    }
  }
  return found
}

/** Flags of lists and maps add up; of the others the last counts. */
export class FlagTree {
  readonly #nodes = new Map<string, ConfigNode>()

  set({ key, declaration }: OptionFlag, node: ConfigNode): void {
    const earlier = this.#nodes.get(key)
    if (declaration.type === 'list' && earlier?.kind === 'list' && node.kind === 'list') {
      this.#nodes.set(key, { ...earlier, items: [...earlier.items, ...node.items] })
    } else if (declaration.type === 'map' && earlier?.kind === 'object' && node.kind === 'object') {
      this.#nodes.set(key, { ...earlier, entries: new Map([...earlier.entries, ...node.entries]) })
    } else {
      this.#nodes.set(key, node)
    }
  }

  finish(): ConfigObject {
    const root = new Map<string, ConfigEntry>()
    for (const [key, value] of this.#nodes) {
      let entries = root
      const segments = keySegments(key)
      for (const segment of segments.slice(0, -1)) {
        const held = entries.get(segment)?.value
        const inner = new Map(held?.kind === 'object' ? held.entries : [])
        entries.set(segment, {
          keyOrigin: value.origin,
          value: { kind: 'object', entries: inner, origin: value.origin },
        })
        entries = inner
      }
      entries.set(segments.at(-1) ?? key, { keyOrigin: value.origin, value })
    }
    return { kind: 'object', entries: root, origin: { file: 'flags', line: 0, column: 0 } }
  }
}

/** A flag's text as the node that a file would have; a string says what is wrong with it. */
export function flagNode(
  declaration: OptionDeclaration,
  value: string | undefined,
  origin: Origin,
): ConfigNode | string {
  switch (declaration.type) {
    case 'boolean': {
      const on = parseGoBoolean(value ?? 'true')
      return on === undefined
        ? `${JSON.stringify(value)} must be true or false`
        : { kind: 'boolean', value: on, origin }
    }
    case 'integer':
    case 'float':
    case 'port': {
      const literal = value ?? ''
      const isNumber = /^[+-]?\d+(?:\.\d+)?$/.test(literal)
      return isNumber
        ? { kind: 'number', value: Number(literal), literal, origin }
        : `${JSON.stringify(value)} must be a number`
    }
    case 'map': {
      const [, name, text] = /^([^:]+):(.*)$/s.exec(value ?? '') ?? []
      if (name === undefined || text === undefined)
        return `${JSON.stringify(value)} must be a name and a value; write name:value`
      const entry: ConfigEntry = { keyOrigin: origin, value: { kind: 'text', value: text, origin } }
      return { kind: 'object', entries: new Map([[name, entry]]), origin }
    }
    case 'list':
      return { kind: 'list', items: [{ kind: 'text', value: value ?? '', origin }], repeated: true, origin }
    default:
      return { kind: 'text', value: value ?? '', origin }
  }
}

/** The words Go's strconv.ParseBool takes. */
export function parseGoBoolean(text: string): boolean | undefined {
  if (['1', 't', 'T', 'true', 'TRUE', 'True'].includes(text)) return true
  return ['0', 'f', 'F', 'false', 'FALSE', 'False'].includes(text) ? false : undefined
}

/** A flag of Consul's that no option declares shares the fate of its key. */
export function judgeConsulFlag(
  name: string,
  value: string | undefined,
): { problem?: ConfigProblem; warning?: ConfigProblem } {
  const instead = droppedFlags.get(name)
  if (instead !== undefined) return { problem: flagProblem(`-${name}`, `was dropped by Consul 1.0; use ${instead}`) }
  const key = consulFlags.get(name)?.key ?? ''
  const written = unsupportedKeys.get(key)
  const verdict = written?.outcome === 'renamed' ? unsupportedKeys.get(written.to) : written
  if (!verdict || verdict.outcome === 'renamed') {
    return { problem: flagProblem(`-${name}`, `needs a plugin that declares ${key}, and none is loaded; remove it`) }
  }
  const asked = JSON.stringify(value ?? 'true')
  if (verdict.harmless?.some((harmless) => JSON.stringify(String(harmless)) === asked)) return {}
  if (verdict.outcome === 'refused') return { problem: flagProblem(`-${name}`, verdict.reason) }
  return { warning: flagProblem(`-${name}`, `is ignored: ${verdict.reason}`) }
}

/** A problem with one flag, which stands in no file. */
export function flagProblem(flag: string, message: string): ConfigProblem {
  return { origin: { file: `flag ${flag}`, line: 0, column: 0 }, key: '', message }
}
