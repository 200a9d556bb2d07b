import type { CommandName, Commands } from '../../src/kernel/hooks.ts'
import type { Random } from '../../src/kernel/random.ts'
import type { Store } from '../../src/store/store.ts'
import type { TableDefinition } from '../../src/store/table.ts'
import type { Transaction } from '../../src/store/transaction.ts'
import type { FrozenView } from '../../src/store/view.ts'
import type { MsgpackWriter } from '../../src/wire/msgpack-writer.ts'

/** How one replicated command looks in the log (protocol/servers.md §12). */
export interface CommandDefinition<C extends CommandName = CommandName> {
  readonly name: C
  /** The type byte as it is written: with bit 7 set when servers that do not know the command may skip it. */
  readonly type: number
  /** Cut into several log entries when it is large. Consul does so with KVS alone, so its servers may not expect it of others. */
  readonly mayBeCut?: boolean
  /** Codec of the body behind the type byte. */
  readonly struct: {
    write(writer: MsgpackWriter, value: Commands[C]): void
    decode(bytes: Buffer): Commands[C]
  }
}

/** One of the log entries that a large command is cut into (protocol/servers.md §12.2). */
export interface EntryPiece {
  readonly data: Buffer
  /** Says which piece of which write this is. */
  readonly extensions: Buffer
}

/** Collects the records of a snapshot, lazily: nothing is encoded before the snapshot's writer draws it. */
export interface SnapshotRecords {
  /** `type` is a record type of protocol/servers.md §15.1; each value the msgpack value of one record. */
  add(type: number, values: Iterable<Buffer>): void
}

/** The state all servers agree on: tables, the commands that change them, and the live queries that read them. */
export interface ReplicatedState {
  /** Read through `store.queries`; write only by proposing a command to `consensus`. */
  readonly store: Store
  /** Adds a table. Call it in `setup`. */
  defineTable(table: TableDefinition): void
  /** Adds a command. Call it in `setup`, and tap `hooks.apply` for the same name. */
  defineCommand<C extends CommandName>(definition: CommandDefinition<C>): void
  /** A command as it stands in the log. */
  encode<C extends CommandName>(name: C, command: Commands[C]): Buffer
  /** The pieces that this encoded command has to be cut into, in order; undefined when it goes into the log as it is. */
  pieces<C extends CommandName>(name: C, data: Buffer, random: Random): readonly EntryPiece[] | undefined
  /** Carries out one committed entry's data and returns what the tap returned. Refusals are thrown as ProconsulError. */
  apply(index: number, term: number, data: Buffer, extensions: Buffer | null): unknown
  /** The state's records from a frozen view (protocol/servers.md §15.1), the header first. */
  snapshot(): { readonly records: Iterable<Buffer> }
  /** Replaces the whole state with that of a snapshot; on a throw the state stays as it was. */
  restore(records: AsyncIterable<Buffer>): Promise<void>
  /** Tells live queries that a batch of entries has been applied, so that readers wake once per batch. */
  batchApplied(): void
  /** Short text that is equal on servers whose tables and commands are. */
  fingerprint(): string
}

declare module '../../src/kernel/services.ts' {
  interface Services {
    state: ReplicatedState
  }
}

declare module '../../src/kernel/hooks.ts' {
  interface Payloads {
    transaction: Transaction
    view: FrozenView
    snapshotRecords: SnapshotRecords
  }
}
