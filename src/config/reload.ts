import { type ConfigNode, plainValue } from '../kernel/config-tree.ts'
import { type OptionDeclaration, type OptionOwner, optionKey } from '../kernel/options.ts'
import type { Configuration } from './load.ts'

export interface Reload {
  /** Each owner's options as they hold now: new where reloadable, as before where not. */
  readonly values: ReadonlyMap<string, Readonly<Record<string, unknown>>>
  /** Keys of reloadable options that differ. */
  readonly changed: readonly string[]
  /** Keys that differ but wait for the next start. */
  readonly needRestart: readonly string[]
}

/** What a reload (SIGHUP) may change. Both configurations come from the same owners. */
export function planReload(before: Configuration, after: Configuration, owners: readonly OptionOwner[]): Reload {
  const values = new Map<string, Readonly<Record<string, unknown>>>()
  const changed: string[] = []
  const needRestart: string[] = []
  for (const { name: ownerName, options } of owners) {
    const held: Record<string, unknown> = { ...before.values.get(ownerName) }
    const read = after.values.get(ownerName) ?? {}
    for (const [name, declaration] of Object.entries(options)) {
      const differs = fingerprint(declaration, held[name]) !== fingerprint(declaration, read[name])
      if (differs) (declaration.reloadable ? changed : needRestart).push(optionKey(ownerName, name, declaration))
      if (declaration.reloadable) held[name] = read[name]
    }
    values.set(ownerName, held)
  }
  return { values, changed, needRestart }
}

/** Equal for equal values; a raw subtree counts without the places it was written at. */
function fingerprint({ type }: OptionDeclaration, value: unknown): string | undefined {
  if (type === 'any' && value !== undefined) return JSON.stringify(plainValue(value as ConfigNode))
  if (type === 'map') return JSON.stringify(Object.entries(value as object).sort())
  return JSON.stringify(value)
}
