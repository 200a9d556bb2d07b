import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { open, readFile, rename, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Entry, HardState, SnapshotMeta } from '../core/messages.ts'
import { logStoreSuite } from './log-store.suite.ts'
import type { LogBatch, LogStore, Recovered, SnapshotWriter, StoredSnapshot } from './log-store.ts'

type StoredEntry = Omit<Entry, 'data' | 'extensions'> & {
  readonly data: string | null
  readonly extensions: string | null
}
type JsonSnapshot = Omit<StoredSnapshot, 'configuration'> & { readonly configuration: string; readonly bytes: string }

/** All that the file holds. */
interface Content {
  hardState: HardState
  entries: StoredEntry[]
  snapshots: JsonSnapshot[]
}

const toText = (bytes: Buffer | null) => bytes?.toString('base64') ?? null
const toBytes = (text: string | null) => (text === null ? null : Buffer.from(text, 'base64'))

/** A store as somebody else might write one, by its contract alone: one JSON file, written anew at every change. */
class JsonFileStore implements LogStore {
  readonly #path: string
  #content: Content = { hardState: { term: 0, votedFor: undefined }, entries: [], snapshots: [] }

  constructor(path: string) {
    this.#path = path
  }

  async open(): Promise<Recovered> {
    const text = await readFile(this.#path, 'utf8').catch(() => undefined)
    if (text !== undefined) this.#content = JSON.parse(text)
    const { entries, snapshots, hardState } = this.#content
    const all = entries.map(entryOf)
    const { index: snapshotIndex = 0, term: snapshotTerm = 0 } = snapshots[0] ?? {}
    const firstIndex = all[0]?.index ?? snapshotIndex + 1
    const starts = all.filter(({ term }, at) => term !== all[at - 1]?.term)
    return {
      hardState: { term: hardState.term, votedFor: hardState.votedFor },
      log: {
        snapshotIndex,
        snapshotTerm,
        firstIndex,
        lastIndex: all.at(-1)?.index ?? snapshotIndex,
        termRuns: starts.map(({ index, term }) => ({ from: index, term })),
        tail: all,
      },
      configurations: all.filter(({ type }) => type === 5),
      snapshots: snapshots.map(metaOf),
    }
  }

  append({ hardState, truncateFrom = Number.POSITIVE_INFINITY, entries }: LogBatch): Promise<void> {
    const content = this.#content
    if (hardState !== undefined) content.hardState = hardState
    const kept = content.entries.filter(({ index }) => index < truncateFrom)
    const added = entries.map((entry) => ({ ...entry, data: toText(entry.data), extensions: toText(entry.extensions) }))
    const last = kept.at(-1)?.index
    if (last !== undefined && added.length > 0 && added[0]!.index !== last + 1) throw new Error('the log has a hole')
    content.entries = [...kept, ...added]
    return this.#save()
  }

  async read(from: number, to: number, sizeBytesMax: number): Promise<Entry[]> {
    const { entries } = this.#content
    if (entries[0] === undefined || entries[0].index > from) return []
    let sizeBytes = 0
    const found: Entry[] = []
    for (const entry of entries.filter(({ index }) => index >= from && index <= to).map(entryOf)) {
      if (sizeBytes >= sizeBytesMax && found.length > 0) break
      found.push(entry)
      sizeBytes += entry.data?.length ?? 0
    }
    return found
  }

  compact(firstIndex: number): Promise<void> {
    this.#content.entries = this.#content.entries.filter(({ index }) => index >= firstIndex)
    return this.#save()
  }

  async beginSnapshot(meta: SnapshotMeta): Promise<SnapshotWriter> {
    const chunks: Buffer[] = []
    return {
      write: async (chunk) => void chunks.push(Buffer.from(chunk)),
      abort: async () => {},
      commit: async () => {
        const { snapshots } = this.#content
        const bytes = Buffer.concat(chunks)
        const sha256 = createHash('sha256').update(bytes).digest('hex')
        const id = Math.max(0, ...snapshots.map((snapshot) => snapshot.id)) + 1
        const stored = { ...meta, id, sizeBytes: bytes.length, createdAtMs: Date.now(), sha256 }
        snapshots.push({
          ...stored,
          configuration: meta.configuration.toString('base64'),
          bytes: bytes.toString('base64'),
        })
        snapshots.sort((a, b) => b.index - a.index)
        await this.#save()
        return stored
      },
    }
  }

  async snapshots(): Promise<StoredSnapshot[]> {
    return this.#content.snapshots.map(metaOf)
  }

  async *readSnapshot(id: number): AsyncIterable<Buffer> {
    yield Buffer.from(this.#content.snapshots.find((snapshot) => snapshot.id === id)!.bytes, 'base64')
  }

  keepSnapshots(count: number): Promise<void> {
    this.#content.snapshots.length = Math.min(this.#content.snapshots.length, count)
    return this.#save()
  }

  async sizes() {
    const { size } = await stat(this.#path)
    return { entries: this.#content.entries.length, fileBytes: size, walBytes: 0, freeBytes: 0 }
  }

  async close(): Promise<void> {}

  async #save(): Promise<void> {
    const file = await open(`${this.#path}.new`, 'w')
    await file.writeFile(JSON.stringify(this.#content))
    await file.sync()
    await file.close()
    await rename(`${this.#path}.new`, this.#path)
  }
}

function entryOf({ data, extensions, ...entry }: StoredEntry): Entry {
  return { ...entry, data: toBytes(data), extensions: toBytes(extensions) }
}

function metaOf({ bytes: _, configuration, ...meta }: JsonSnapshot): StoredSnapshot {
  return { ...meta, configuration: Buffer.from(configuration, 'base64') }
}

logStoreSuite('a JSON file', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'proconsul-json-'))
  const path = join(dir, 'raft.json')
  return {
    store: new JsonFileStore(path),
    reopen: async () => new JsonFileStore(path),
    remove: async () => rmSync(dir, { recursive: true }),
  }
})
