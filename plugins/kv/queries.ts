import type { Question } from '../../src/store/live-query.ts'
import type { View } from '../../src/store/view.ts'
import { byteText, list, message } from '../../src/wire/schema.ts'
import { DirEntry } from '../../src/wire/structs/kv.ts'
import type { KvRow } from './contract.ts'
import { kvs, storeIndex, toEntry, tombstones } from './tables.ts'

// Questions are classes, not closures: a GET makes one of these even when its answer is there already.

const KeyNames = message(list(byteText()))

/** One key; undefined when there is none. */
export class EntryQuestion implements Question<KvRow | undefined> {
  readonly key: string
  readonly #key: string

  constructor(key: string) {
    this.key = `kv/entry/${key}`
    this.#key = key
  }

  read(view: View): KvRow | undefined {
    return view.table(kvs).get(this.#key)
  }

  index(view: View, row: KvRow | undefined): number {
    return row?.ModifyIndex ?? storeIndex(view)
  }

  /** A list of one, as Consul answers. */
  encode(row: KvRow | undefined): Buffer {
    return row === undefined ? Buffer.alloc(0) : Buffer.from(`[${DirEntry.toJson(toEntry(row))}]`)
  }

  same(a: KvRow | undefined, b: KvRow | undefined): boolean {
    return a === b
  }
}

/** What was found below a prefix. */
export interface Found<Item> {
  readonly items: readonly Item[]
  /** Of the newest key or tombstone below the prefix; 0 when there is none, or when the prefix is empty. */
  readonly index: number
}

/** All keys with a prefix. */
export class TreeQuestion implements Question<Found<KvRow>> {
  readonly key: string
  readonly #prefix: string

  constructor(prefix: string) {
    this.key = `kv/tree/${prefix}`
    this.#prefix = prefix
  }

  read(view: View): Found<KvRow> {
    const items = view.table(kvs).list(this.#prefix)
    return { items, index: indexBelow(view, this.#prefix, items) }
  }

  index(view: View, { index }: Found<KvRow>): number {
    return index === 0 ? storeIndex(view) : index
  }

  encode({ items }: Found<KvRow>): Buffer {
    return Buffer.from(`[${items.map((row) => DirEntry.toJson(toEntry(row))).join()}]`)
  }

  same(a: Found<KvRow>, b: Found<KvRow>): boolean {
    return sameItems(a.items, b.items)
  }
}

/**
 * The names of the keys with a prefix, as binary strings. With a separator a name ends behind its first occurrence
 * after the prefix, and names that become equal are listed once.
 */
export class NamesQuestion implements Question<Found<string>> {
  readonly key: string
  readonly #prefix: string
  readonly #separator: string

  /** `prefix` and `separator` are binary strings; an empty separator cuts nothing. */
  constructor(prefix: string, separator: string) {
    this.key = `kv/names/${separator.length}/${separator}${prefix}`
    this.#prefix = prefix
    this.#separator = separator
  }

  read(view: View): Found<string> {
    const rows = view.table(kvs).list(this.#prefix)
    const names: string[] = []
    for (const { Key } of rows) {
      const name = this.#cut(Key)
      if (name !== names.at(-1)) names.push(name)
    }
    return { items: names, index: indexBelow(view, this.#prefix, rows) }
  }

  index(view: View, { index }: Found<string>): number {
    return index === 0 ? storeIndex(view) : index
  }

  encode({ items }: Found<string>): Buffer {
    return Buffer.from(KeyNames.toJson([...items]))
  }

  same(a: Found<string>, b: Found<string>): boolean {
    return sameItems(a.items, b.items)
  }

  #cut(key: string): string {
    if (this.#separator === '') return key
    const at = key.indexOf(this.#separator, this.#prefix.length)
    return at < 0 ? key : key.slice(0, at + this.#separator.length)
  }
}

/**
 * The newest index below a prefix. A key that is deleted leaves a tombstone behind, without which the index of its
 * prefix would fall and readers would miss the delete. The whole store has its own index.
 */
function indexBelow(view: View, prefix: string, rows: readonly KvRow[]): number {
  if (prefix === '') return 0
  let newest = 0
  for (const { ModifyIndex } of rows) if (ModifyIndex > newest) newest = ModifyIndex
  for (const { ModifyIndex } of view.table(tombstones).list(prefix)) if (ModifyIndex > newest) newest = ModifyIndex
  return newest
}

function sameItems<Item>(a: readonly Item[], b: readonly Item[]): boolean {
  return a.length === b.length && a.every((item, at) => item === b[at])
}
