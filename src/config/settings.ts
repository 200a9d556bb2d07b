import {
  type ConfigEntry,
  type ConfigNode,
  type ConfigObject,
  describeNode,
  type Origin,
  plainValue,
} from '../kernel/config-tree.ts'
import { type ConfigProblem, keySegments } from '../kernel/option-values.ts'
import type { Catalogue, CatalogueNode } from './catalogue.ts'
import { nearest } from './suggest.ts'
import type { Verdict } from './unsupported.ts'

/** A source in canonical form: only keys with an owner, spelt as declared, each block one object. */
export interface CanonicalSource {
  readonly tree: ConfigObject
  readonly problems: readonly ConfigProblem[]
  readonly warnings: readonly ConfigProblem[]
}

/**
 * Holds one source against the catalogue. Keys match in any letter case, as in Consul. Unknown keys are problems with a
 * suggestion; keys not supported yet are ignored with a warning or refused; old spellings move to the new key.
 */
export function canonicalSource(source: ConfigObject, catalogue: Catalogue): CanonicalSource {
  const walk = new Canonicalizer(catalogue, source.origin)
  walk.block(source, catalogue.root)
  walk.applyRenames()
  return { tree: walk.root.finish(), problems: walk.problems, warnings: walk.warnings }
}

/** Comparing with every key is dear; a file with more unknown keys than this is no configuration anyway. */
const suggestionsMax = 100

class TreeBuilder {
  readonly #entries = new Map<string, ConfigEntry>()
  readonly #blocks = new Map<string, TreeBuilder>()
  readonly #origin: Origin

  constructor(origin: Origin) {
    this.#origin = origin
  }

  has([first = '', ...rest]: readonly string[]): boolean {
    return rest.length === 0 ? this.#entries.has(first) : (this.#blocks.get(first)?.has(rest) ?? false)
  }

  set([first = '', ...rest]: readonly string[], entry: ConfigEntry): void {
    if (rest.length === 0) {
      this.#entries.set(first, entry)
      return
    }
    const block = this.#blocks.get(first) ?? new TreeBuilder(entry.keyOrigin)
    this.#blocks.set(first, block)
    block.set(rest, entry)
  }

  finish(): ConfigObject {
    const entries = new Map(this.#entries)
    for (const [key, block] of this.#blocks) entries.set(key, { keyOrigin: block.#origin, value: block.finish() })
    return { kind: 'object', entries, origin: this.#origin }
  }
}

class Canonicalizer {
  readonly problems: ConfigProblem[] = []
  readonly warnings: ConfigProblem[] = []
  readonly root: TreeBuilder
  readonly #catalogue: Catalogue
  readonly #renames: { readonly to: string; readonly entry: ConfigEntry }[] = []

  constructor(catalogue: Catalogue, origin: Origin) {
    this.#catalogue = catalogue
    this.root = new TreeBuilder(origin)
  }

  block(object: ConfigObject, node: CatalogueNode): void {
    for (const [written, entry] of object.entries) {
      if (entry.value.kind === 'null') continue
      const child = node.children.get(written) ?? node.children.get(written.toLowerCase())
      if (!child) this.#unknown(written, entry, node)
      else if (child.known) this.#leaf(child.path, entry)
      else this.#inner(entry, child)
    }
  }

  /** After everything else, so that the new spelling wins where a source has both. */
  applyRenames(): void {
    for (const { to, entry } of this.#renames.splice(0)) {
      if (!this.root.has(keySegments(to))) this.#leaf(to, entry)
    }
  }

  #inner({ keyOrigin, value }: ConfigEntry, node: CatalogueNode): void {
    for (const block of blocksOf(value)) {
      if (block.kind === 'object') this.block(block, node)
      else
        this.#problem(
          keyOrigin,
          node.path,
          `must be a block, not ${describeNode(block)}; write ${lastSegment(node.path)} { … }`,
        )
    }
  }

  #leaf(path: string, entry: ConfigEntry): void {
    const known = this.#catalogue.find(path)
    if (known?.kind === 'unsupported') this.#unsupported(path, entry, known.verdict)
    if (known?.kind !== 'option') return
    const value = known.declaration.type === 'map' ? mergedBlocks(entry.value) : entry.value
    this.root.set(keySegments(path), { keyOrigin: entry.keyOrigin, value })
  }

  #unsupported(path: string, entry: ConfigEntry, verdict: Verdict): void {
    const { keyOrigin: origin, value } = entry
    if (verdict.outcome === 'renamed') {
      this.warnings.push({ origin, key: path, message: `is an old spelling; write ${verdict.to}` })
      this.#renames.push({ to: verdict.to, entry })
      return
    }
    const plain = JSON.stringify(plainValue(value))
    if (verdict.harmless?.some((harmless) => JSON.stringify(harmless) === plain)) return
    if (verdict.outcome === 'refused') this.#problem(origin, path, verdict.reason)
    else this.warnings.push({ origin, key: path, message: `is ignored: ${verdict.reason}` })
  }

  #unknown(written: string, { keyOrigin, value }: ConfigEntry, node: CatalogueNode): void {
    const path = node.path === '' ? written : `${node.path}.${written}`
    if (node.path === 'plugins') {
      if (!isSwitchedOff(value)) this.#unknownPlugin(keyOrigin, path, written)
      return
    }
    const meant = this.problems.length < suggestionsMax ? this.#meant(written, path, node) : undefined
    if (meant === path) {
      const [block, ...rest] = keySegments(path)
      this.#problem(keyOrigin, path, `is not one key; write ${block} { ${rest.join('.')} = … }`)
    } else {
      this.#problem(keyOrigin, path, `is not a configuration key; ${meant ? `did you mean ${meant}?` : 'remove it'}`)
    }
  }

  #meant(written: string, path: string, node: CatalogueNode): string | undefined {
    const misplaced = elsewhere(written, this.#catalogue.declaredKeys())
    if (misplaced !== undefined) return misplaced
    const sibling = nearest(written, node.children.keys())
    return node.children.get(sibling ?? '')?.path ?? nearest(path, this.#catalogue.declaredKeys())
  }

  #unknownPlugin(origin: Origin, path: string, name: string): void {
    const meant = nearest(name, this.#catalogue.ownerNames)
    const advice = meant === undefined ? 'give its path, or remove the block' : `did you mean ${meant}?`
    this.#problem(origin, path, `no plugin of this name is loaded; ${advice}`)
  }

  #problem(origin: Origin, key: string, message: string): void {
    this.problems.push({ origin, key, message })
  }
}

/** `plugins { NAME { enabled = false } }` may name a plugin that is then not there to know its options. */
function isSwitchedOff(value: ConfigNode): boolean {
  return (
    value.kind === 'object' &&
    [...value.entries].some(
      ([key, entry]) => key.toLowerCase() === 'enabled' && entry.value.kind === 'boolean' && !entry.value.value,
    )
  )
}

/** The same last word in another block: `node_ttl` at the top for `dns_config.node_ttl`; also `ports.dns` written as one word. */
function elsewhere(written: string, declared: Iterable<string>): string | undefined {
  const word = written.toLowerCase()
  for (const key of declared) if (key === word || lastSegment(key) === word) return key
  return undefined
}

function lastSegment(path: string): string {
  return keySegments(path).at(-1) ?? path
}

/** Repeated blocks, and a list of one block, which Consul takes for the block itself. */
function blocksOf(value: ConfigNode): readonly ConfigNode[] {
  return value.kind === 'list' && (value.repeated || value.items.length === 1) ? value.items : [value]
}

function mergedBlocks(value: ConfigNode): ConfigNode {
  const blocks = blocksOf(value)
  const entries = new Map<string, ConfigEntry>()
  for (const block of blocks) {
    if (block.kind !== 'object') return value
    for (const [key, entry] of block.entries) entries.set(key, entry)
  }
  return { kind: 'object', entries, origin: value.origin }
}
