import { InvariantError } from '../../src/kernel/assert.ts'
import type { CommandName, Commands, Hooks } from '../../src/kernel/hooks.ts'
import type { Random } from '../../src/kernel/random.ts'
import { fingerprint } from '../../src/store/fingerprint.ts'
import { Store } from '../../src/store/store.ts'
import type { TableDefinition } from '../../src/store/table.ts'
import { Chunks, chunkRecord } from './chunks.ts'
import { CommandTable } from './commands.ts'
import type { CommandDefinition, EntryPiece, ReplicatedState } from './contract.ts'
import { cut } from './pieces.ts'
import { RecordList, SnapshotHeader } from './snapshot-stream.ts'

/** Where the log meets the tables: decodes entries, has the features carry them out, writes and reads snapshots. */
export class HookedState implements ReplicatedState {
  readonly store: Store
  readonly #hooks: Hooks
  readonly #commands = new CommandTable()
  #chunks = new Chunks()

  constructor(hooks: Hooks, store = new Store()) {
    this.#hooks = hooks
    this.store = store
    store.onCommit((index) => hooks.committed.call(index))
  }

  defineTable(table: TableDefinition): void {
    this.store.define(table)
    this.store.onChange(table, (tx, change) => {
      this.#hooks.change.get(table.name)?.call(tx, change as never)
    })
  }

  defineCommand<C extends CommandName>(definition: CommandDefinition<C>): void {
    this.#commands.define(definition as unknown as CommandDefinition)
  }

  encode<C extends CommandName>(name: C, command: Commands[C]): Buffer {
    return this.#commands.encode(name, command)
  }

  pieces<C extends CommandName>(name: C, data: Buffer, random: Random): readonly EntryPiece[] | undefined {
    return this.#commands.mayBeCut(name) ? cut(data, random) : undefined
  }

  apply(index: number, term: number, data: Buffer, extensions: Buffer | null): unknown {
    const whole = extensions === null ? data : this.#chunks.add(term, data, extensions)
    if (whole === undefined) return undefined
    const decoded = this.#commands.decode(whole)
    if (!decoded) return undefined
    const { name, command } = decoded
    const hook = this.#hooks.apply.get(name)
    if (!hook?.isUsed()) throw new InvariantError(`no plugin carries out the command "${name}"`)
    return this.store.transact(index, (tx) => hook.call(tx, command as never))
  }

  snapshot(): { readonly records: Iterable<Buffer> } {
    const view = this.store.view()
    const records = new RecordList()
    this.#hooks.snapshot.call(view, records)
    records.add(chunkRecord, this.#chunks.record())
    return { records: records.stream(view.index) }
  }

  async restore(records: AsyncIterable<Buffer>): Promise<void> {
    const fresh = this.store.blank()
    let chunks = new Chunks()
    let lastIndex: number | undefined
    for await (const record of records) {
      if (lastIndex === undefined) {
        const { LastIndex } = SnapshotHeader.decode(record)
        lastIndex = LastIndex
        // So that a state without any row is at its index too.
        fresh.transact(LastIndex, () => undefined)
        continue
      }
      if (record[0] === chunkRecord) chunks = Chunks.restore(record.subarray(1))
      else this.#restoreRecord(fresh, lastIndex, record)
    }
    if (lastIndex === undefined) throw new InvariantError('the snapshot is empty: not even its header is there')
    this.store.replaceWith(fresh)
    this.#chunks = chunks
    this.store.queries.flush()
  }

  batchApplied(): void {
    this.store.queries.flush()
  }

  fingerprint(): string {
    return fingerprint(this.store.tables, this.#commands.numbers())
  }

  #restoreRecord(fresh: Store, lastIndex: number, record: Buffer): void {
    const type = record[0]!
    const hook = this.#hooks.restore.get(type)
    if (!hook?.isUsed()) {
      throw new InvariantError(
        `the snapshot holds records of type ${type}, which this version does not know; run a version that does`,
      )
    }
    fresh.transact(lastIndex, (tx) => hook.call(tx, record.subarray(1)))
  }
}
