import { createHash } from 'node:crypto'
import { Worker } from 'node:worker_threads'
import { assert } from '../../../src/kernel/assert.ts'
import type { Entry, SnapshotMeta } from '../core/messages.ts'
import { SnapshotCorruptError, StorageError, StorageFailedError } from './errors.ts'
import type { LogBatch, LogStore, Recovered, SnapshotWriter, StoredSnapshot, StoreSizes } from './log-store.ts'
import { packEntries, unpackEntries } from './packing.ts'
import type { Answer, Failure, RequestKind, Requests } from './requests.ts'

export interface SqliteLogStoreOptions {
  /** Of the file, usually `raft.db` in the data directory. Its directory must be there. */
  readonly path: string
  /** Largest size of the file in bytes, for tests of full disks and for quotas; unlimited when left out. */
  readonly sizeBytesMax?: number
}

interface Waiting {
  resolve(value: unknown): void
  reject(error: unknown): void
}

/** The log and its snapshots in one SQLite file, which a worker thread owns. */
export class SqliteLogStore implements LogStore {
  readonly #options: SqliteLogStoreOptions
  readonly #waiting = new Map<number, Waiting>()
  #worker: Worker | undefined
  #ended: Error | undefined
  #nextId = 1

  constructor(options: SqliteLogStoreOptions) {
    this.#options = options
  }

  async open(): Promise<Recovered> {
    assert(this.#worker === undefined, 'a store is opened once')
    this.#worker = new Worker(workerUrl())
    this.#worker.on('message', (answer: Answer) => this.#settle(answer))
    this.#worker.on('error', (error) => this.#end(error as Error))
    this.#worker.on('exit', () => this.#end(new Error('its thread ended')))
    const { path, sizeBytesMax } = this.#options
    try {
      return restoreBuffers(await this.#ask('open', { path, sizeBytesMax }))
    } catch (error) {
      await this.close()
      throw error
    }
  }

  async append({ hardState, truncateFrom, entries }: LogBatch): Promise<void> {
    const packed = entries.length === 0 ? undefined : packEntries(entries)
    const handedOver = packed === undefined ? [] : [packed.buffer]
    await this.#ask('append', { hardState, truncateFrom, entries: packed }, handedOver)
  }

  async read(from: number, to: number, sizeBytesMax: number): Promise<Entry[]> {
    const packed = await this.#ask('read', { from, to, sizeBytesMax })
    return unpackEntries(packed).map(({ checksum: _, ...entry }) => entry)
  }

  async compact(firstIndex: number): Promise<void> {
    while (await this.#ask('compactSlice', { firstIndex }));
    await this.#giveBack()
  }

  async beginSnapshot(meta: SnapshotMeta): Promise<SnapshotWriter> {
    const id = await this.#ask('beginSnapshot', meta)
    let done = false
    return {
      write: (chunk) => this.#ask('writeSnapshot', { id, chunk }),
      commit: async () => {
        const stored = await this.#ask('commitSnapshot', { id })
        done = true
        return withBuffer(stored)
      },
      abort: async () => {
        if (done) return
        done = true
        await this.#drop(id)
      },
    }
  }

  async snapshots(): Promise<StoredSnapshot[]> {
    return (await this.#ask('snapshots', undefined)).map(withBuffer)
  }

  async *readSnapshot(id: number): AsyncIterable<Buffer> {
    const snapshot = (await this.snapshots()).find((stored) => stored.id === id)
    assert(snapshot !== undefined, `there is no snapshot ${id}`)
    const hash = createHash('sha256')
    let sizeBytes = 0
    for (let sequence = 0; ; sequence++) {
      const chunk = await this.#ask('readSnapshot', { id, sequence })
      if (chunk === undefined) break
      hash.update(chunk)
      sizeBytes += chunk.length
      yield bufferOf(chunk)
    }
    if (sizeBytes !== snapshot.sizeBytes) {
      throw new SnapshotCorruptError(snapshot, `${sizeBytes} of ${snapshot.sizeBytes} bytes are left`)
    }
    if (hash.digest('hex') !== snapshot.sha256) throw new SnapshotCorruptError(snapshot, 'its checksum does not fit')
  }

  async keepSnapshots(count: number): Promise<void> {
    const dropped = (await this.snapshots()).slice(count)
    for (const { id } of dropped) await this.#drop(id)
    if (dropped.length > 0) await this.#giveBack()
  }

  sizes(): Promise<StoreSizes> {
    return this.#ask('sizes', undefined)
  }

  async close(): Promise<void> {
    const worker = this.#worker
    if (worker === undefined || this.#ended !== undefined) return
    const exited = new Promise<void>((resolve) => worker.once('exit', () => resolve()))
    await this.#ask('close', undefined)
    await exited
  }

  async #drop(id: number): Promise<void> {
    while (await this.#ask('dropSnapshotSlice', { id }));
  }

  async #giveBack(): Promise<void> {
    while (await this.#ask('giveBackSlice', undefined));
  }

  #ask<Kind extends RequestKind>(
    kind: Kind,
    asked: Requests[Kind][0],
    handedOver: ArrayBuffer[] = [],
  ): Promise<Requests[Kind][1]> {
    return new Promise((resolve, reject) => {
      const worker = this.#worker
      if (worker === undefined || this.#ended !== undefined) {
        reject(new StorageFailedError(this.#options.path, this.#ended?.message ?? 'it is not open'))
        return
      }
      const id = this.#nextId++
      this.#waiting.set(id, { resolve: resolve as (value: unknown) => void, reject })
      worker.postMessage({ id, kind, asked }, handedOver)
    })
  }

  #settle({ id, value, failure }: Answer): void {
    const waiting = this.#waiting.get(id)
    this.#waiting.delete(id)
    if (failure === undefined) waiting?.resolve(value)
    else waiting?.reject(new ReportedError(failure))
  }

  #end(cause: Error): void {
    this.#ended ??= cause
    const error = new StorageFailedError(this.#options.path, cause.message, { cause })
    for (const waiting of this.#waiting.values()) waiting.reject(error)
    this.#waiting.clear()
  }
}

/** A StorageError that was thrown in the worker, with its code and its sentence. */
class ReportedError extends StorageError {
  override readonly code: string
  override readonly temporary: boolean

  constructor({ code, message, temporary }: Failure) {
    super(message)
    this.code = code
    this.temporary = temporary
  }

  override get name(): string {
    return 'StorageError'
  }
}

/** The worker is the file beside this one: TypeScript in the repository, JavaScript in the built package. */
function workerUrl(): URL {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js'
  return new URL(`./sqlite-worker.${extension}`, import.meta.url)
}

/** Buffers arrive from another thread as plain byte arrays. */
function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

function withBuffer(snapshot: StoredSnapshot): StoredSnapshot {
  return { ...snapshot, configuration: bufferOf(snapshot.configuration) }
}

function entryWithBuffers(entry: Entry): Entry {
  const { data, extensions } = entry
  return { ...entry, data: data && bufferOf(data), extensions: extensions && bufferOf(extensions) }
}

function restoreBuffers(recovered: Recovered): Recovered {
  return {
    hardState: recovered.hardState,
    log: { ...recovered.log, tail: recovered.log.tail.map(entryWithBuffers) },
    configurations: recovered.configurations.map(entryWithBuffers),
    snapshots: recovered.snapshots.map(withBuffer),
  }
}
