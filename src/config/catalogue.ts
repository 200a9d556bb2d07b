import { ConfigError } from '../kernel/errors.ts'
import { keySegments } from '../kernel/option-values.ts'
import { type OptionDeclaration, type OptionOwner, optionKey } from '../kernel/options.ts'
import { unsupportedKeys, type Verdict } from './unsupported.ts'

/** What is known of one key. */
export type KnownKey =
  | { readonly kind: 'option'; readonly ownerName: string; readonly declaration: OptionDeclaration }
  | { readonly kind: 'unsupported'; readonly verdict: Verdict }

/** A key, or a block with keys in it. */
export interface CatalogueNode {
  readonly path: string
  readonly known?: KnownKey
  readonly children: ReadonlyMap<string, CatalogueNode>
}

interface GrowingNode extends CatalogueNode {
  known?: KnownKey
  readonly children: Map<string, GrowingNode>
}

/** What `plugins { NAME { … } }` says of every plugin, beside its own options. */
export const pluginOptions = {
  enabled: { type: 'boolean', default: true, help: 'Whether the plugin is loaded.' },
  path: { type: 'text', help: 'File, folder or npm package of a plugin that is not bundled.' },
} as const

/** Every key there is: those that owners declare, and those of Consul that nobody does. Each has exactly one owner. */
export class Catalogue {
  readonly root: CatalogueNode
  /** Names of the owners, which are the blocks allowed under `plugins`. */
  readonly ownerNames: readonly string[]
  readonly #byPath = new Map<string, KnownKey>()

  constructor(owners: readonly OptionOwner[]) {
    const root: GrowingNode = { path: '', children: new Map() }
    this.root = root
    this.ownerNames = owners.map(({ name }) => name)
    for (const { name: ownerName, options } of owners) {
      for (const [optionName, declaration] of Object.entries(options)) {
        this.#declare(root, optionKey(ownerName, optionName, declaration), ownerName, declaration)
      }
      for (const [optionName, declaration] of Object.entries(pluginOptions)) {
        this.#declare(root, optionKey(ownerName, optionName, declaration), ownerName, declaration)
      }
    }
    for (const [key, verdict] of unsupportedKeys) this.#addUnsupported(root, key, verdict)
  }

  /** What is known of an exact key; undefined for a block and for an unknown key. */
  find(path: string): KnownKey | undefined {
    return this.#byPath.get(path)
  }

  /** Keys an operator may set, for suggestions. */
  *declaredKeys(): IterableIterator<string> {
    for (const [path, known] of this.#byPath) if (known.kind === 'option') yield path
  }

  #declare(root: GrowingNode, key: string, ownerName: string, declaration: OptionDeclaration): void {
    let node = root
    for (const segment of keySegments(key)) {
      if (node.known) throw conflict(key, ownerName, node)
      node = grow(node, segment)
    }
    if (node.known || node.children.size > 0) throw conflict(key, ownerName, node)
    node.known = { kind: 'option', ownerName, declaration }
    this.#byPath.set(key, node.known)
  }

  /** Gives way to whatever owners declare at, above or below this key. */
  #addUnsupported(root: GrowingNode, key: string, verdict: Verdict): void {
    let node = root
    for (const segment of keySegments(key)) {
      if (node.known) return
      node = grow(node, segment)
    }
    if (node.known || node.children.size > 0) return
    node.known = { kind: 'unsupported', verdict }
    this.#byPath.set(key, node.known)
  }
}

function grow(node: GrowingNode, segment: string): GrowingNode {
  const child = node.children.get(segment) ?? {
    path: node.path === '' ? segment : `${node.path}.${segment}`,
    children: new Map(),
  }
  node.children.set(segment, child)
  return child
}

function conflict(key: string, ownerName: string, node: GrowingNode): ConfigError {
  const other =
    node.known?.kind === 'option' ? `${node.known.ownerName} declares ${node.path}` : `it is a block already`
  return new ConfigError(
    `Option ${key} of plugin ${ownerName} cannot be declared: ${other}. Each key has one owner; give it another key.`,
  )
}
