import { assert } from '../kernel/assert.ts'
import { Rows } from './rows.ts'
import type { TableDefinition } from './table.ts'

/** All tables by name, at one raft index. */
export class Tables {
  /** The raft index of the last transaction. */
  index = 0
  readonly #byName = new Map<string, Rows>()

  define(definition: TableDefinition): void {
    const held = this.#byName.get(definition.name)
    assert(held === undefined || held.definition === definition, `two tables are called "${definition.name}"`)
    if (held === undefined) this.#byName.set(definition.name, new Rows(definition))
  }

  get<Row extends object>(definition: TableDefinition<Row>): Rows<Row> {
    const rows = this.#byName.get(definition.name)
    assert(rows !== undefined, `table "${definition.name}" is not defined in this store`)
    return rows as Rows<object> as Rows<Row>
  }

  definitions(): TableDefinition[] {
    return Array.from(this.#byName.values(), (rows) => rows.definition)
  }

  clone(): Tables {
    const copy = new Tables()
    copy.index = this.index
    for (const [name, rows] of this.#byName) copy.#byName.set(name, rows.clone())
    return copy
  }

  /** Takes over all rows of another set of the same tables. Watchers stay. */
  adopt(other: Tables): void {
    assert(other.#byName.size === this.#byName.size, 'the two stores have different tables')
    for (const rows of this.#byName.values()) rows.adopt(other.get(rows.definition))
    this.index = other.index
  }
}
