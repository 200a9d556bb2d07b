import { assert } from '../kernel/assert.ts'
import type { Footprint } from './dependencies.ts'
import { type Change, Journal } from './journal.ts'
import { LiveQueries, type LiveQueriesOptions } from './live-queries.ts'
import type { TableDefinition } from './table.ts'
import { tableIndexes } from './table-indexes.ts'
import { Tables } from './tables.ts'
import { type ChangeListener, Transaction } from './transaction.ts'
import { FrozenView, LatestView, type View } from './view.ts'

/**
 * Told after each transaction, in order of registration, with its row changes in the order they were made. An
 * observer: the transaction stands whatever it does, and what it throws comes out of `transact`.
 */
export type CommitListener = (index: number, changes: readonly Change[]) => void

export interface StoreOptions {
  readonly queries?: LiveQueriesOptions
}

/** All replicated state of a server at one raft index. Synchronous, in memory, and the same on every server. */
export class Store {
  /** Every read that outlives a moment, or that others may ask too. */
  readonly queries: LiveQueries
  /**
   * The state as it is now, for a decision made on the spot. Free of charge, unlike `view()`, but what it gives out is
   * only as old as the moment it was asked.
   */
  readonly latest: View
  readonly #tables = new Tables()
  readonly #changeListeners = new Map<string, ChangeListener[]>()
  readonly #commitListeners: CommitListener[] = []
  #version = 0
  #transacting = false
  /** Forgotten at the next change: held on to, it would keep every tree node alive that was replaced since. */
  #view: FrozenView | undefined

  constructor(tables: Iterable<TableDefinition> = [], options: StoreOptions = {}) {
    this.define(tableIndexes)
    for (const table of tables) this.define(table)
    this.latest = new LatestView(this.#tables)
    const store = this
    this.queries = new LiveQueries(
      {
        get index() {
          return store.#tables.index
        },
        get version() {
          return store.#version
        },
        get transacting() {
          return store.#transacting
        },
        latest: this.latest,
        watched: (footprint: Footprint) => new LatestView(this.#tables, footprint),
      },
      options.queries,
    )
  }

  /** Adds a table. Repeating the same definition does nothing. */
  define(table: TableDefinition): void {
    assert(!this.#transacting, 'a table is not defined inside a transaction')
    this.#tables.define(table)
    this.#moved()
  }

  get tables(): TableDefinition[] {
    return this.#tables.definitions()
  }

  /** The raft index of the last transaction; 0 before the first. */
  get index(): number {
    return this.#tables.index
  }

  /**
   * Runs one log entry. When `run` or a change listener throws, rows, indexes and live queries are as they were before,
   * and the error is thrown on. Indexes never run backwards; several transactions may share one.
   */
  transact<Result>(index: number, run: (tx: Transaction) => Result): Result {
    assert(!this.#transacting, 'a transaction was begun inside another')
    assert(index >= this.index, `transaction ${index} comes after ${this.index}`)
    const journal = new Journal()
    const tx = new Transaction(index, this.#tables, journal, this.#changeListeners)
    this.#transacting = true
    let result: Result
    try {
      result = run(tx)
      assert(!(result instanceof Promise), 'a transaction ends when its function returns: it must not be async')
    } catch (error) {
      journal.undo()
      throw error
    } finally {
      tx.close()
      this.#transacting = false
    }
    this.#commit(index, journal)
    return result
  }

  /** The state as it is now, frozen: later transactions do not show in it. */
  view(): FrozenView {
    assert(!this.#transacting, 'a view was taken inside a transaction, whose rows may yet be rolled back')
    this.#view ??= new FrozenView(this.#tables.clone())
    return this.#view
  }

  /** Has `listener` called inside each transaction, right after a row of `table` changed. */
  onChange<Row extends object, Index extends string>(
    table: TableDefinition<Row, Index>,
    listener: ChangeListener<Row>,
  ): () => void {
    const held = this.#changeListeners.get(table.name) ?? []
    this.#changeListeners.set(table.name, held)
    return register(held, listener as ChangeListener<object> as ChangeListener)
  }

  onCommit(listener: CommitListener): () => void {
    return register(this.#commitListeners, listener)
  }

  /** An empty store with the same tables, to restore a snapshot into. It has no listeners. */
  blank(): Store {
    return new Store(this.tables)
  }

  /**
   * Puts the state of another store, a restored snapshot, in the place of this one's. Every live query is evaluated
   * anew and every waiter wakes, as the index may have gone back. Listeners stay and are not told.
   */
  replaceWith(other: Store): void {
    assert(!this.#transacting, 'the state was replaced inside a transaction')
    this.#tables.adopt(other.#tables)
    this.#moved()
    this.queries.replaced()
  }

  #moved(): void {
    this.#version++
    this.#view = undefined
  }

  #commit(index: number, journal: Journal): void {
    this.#tables.index = index
    this.#moved()
    journal.touch()
    const errors: unknown[] = []
    for (const listener of this.#commitListeners) {
      try {
        listener(index, journal.changes)
      } catch (error) {
        errors.push(error)
      }
    }
    if (errors.length === 1) throw errors[0]
    if (errors.length > 1) throw new AggregateError(errors, 'several commit listeners failed')
  }
}

function register<Listener>(listeners: Listener[], listener: Listener): () => void {
  listeners.push(listener)
  return () => {
    const at = listeners.indexOf(listener)
    if (at >= 0) listeners.splice(at, 1)
  }
}
