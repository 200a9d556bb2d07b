import type { ConfigEntry, ConfigNode, ConfigObject } from '../kernel/config-tree.ts'
import type { Catalogue } from './catalogue.ts'

/**
 * Lays a later source over an earlier one by Consul's rules: blocks merge key by key, lists add up, maps are replaced
 * unless the later one is empty, and of everything else the later counts. Both trees are canonical (settings.ts).
 */
export function mergeTrees(earlier: ConfigObject, later: ConfigObject, catalogue: Catalogue): ConfigObject {
  return mergeBlocks(earlier, later, '', catalogue)
}

function mergeBlocks(earlier: ConfigObject, later: ConfigObject, path: string, catalogue: Catalogue): ConfigObject {
  const entries = new Map<string, ConfigEntry>(earlier.entries)
  for (const [key, entry] of later.entries) {
    const before = earlier.entries.get(key)
    const merged = before ? mergeValues(before.value, entry.value, join(path, key), catalogue) : entry.value
    entries.set(key, before && merged === before.value ? before : { keyOrigin: entry.keyOrigin, value: merged })
  }
  return { kind: 'object', entries, origin: earlier.origin }
}

function mergeValues(earlier: ConfigNode, later: ConfigNode, path: string, catalogue: Catalogue): ConfigNode {
  const known = catalogue.find(path)
  if (known?.kind !== 'option') {
    return earlier.kind === 'object' && later.kind === 'object' ? mergeBlocks(earlier, later, path, catalogue) : later
  }
  const { declaration } = known
  if (declaration.type === 'list') return append(earlier, later)
  if (declaration.type === 'any') return declaration.merge === 'replace' ? later : append(earlier, later)
  if (declaration.type === 'map' && later.kind === 'object' && later.entries.size === 0) return earlier
  return later
}

/** One list of what both say; a value that is no list counts as a list of one. */
function append(earlier: ConfigNode, later: ConfigNode): ConfigNode {
  const items = [...listItems(earlier), ...listItems(later)]
  return { kind: 'list', items, repeated: true, origin: earlier.origin }
}

function listItems(node: ConfigNode): readonly ConfigNode[] {
  return node.kind === 'list' ? node.items : [node]
}

function join(path: string, key: string): string {
  return path === '' ? key : `${path}.${key}`
}

/**
 * Flags come before files where values add up and after them where values replace each other, so that `-join` names
 * are tried first and `-bind` wins. Consul looks at the top of the tree only, and so do we.
 */
export function splitFlags(flags: ConfigObject, catalogue: Catalogue): { lists: ConfigObject; values: ConfigObject } {
  const lists = new Map<string, ConfigEntry>()
  const values = new Map<string, ConfigEntry>()
  for (const [key, entry] of flags.entries) {
    const known = catalogue.find(key)
    const addsUp = known?.kind === 'option' && known.declaration.type === 'list'
    const side = addsUp ? lists : values
    side.set(key, entry)
  }
  return {
    lists: { kind: 'object', entries: lists, origin: flags.origin },
    values: { kind: 'object', entries: values, origin: flags.origin },
  }
}
