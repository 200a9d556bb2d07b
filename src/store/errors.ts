import { ProconsulError } from '../kernel/errors.ts'

/** A row would share a key of a unique index with another row. The transaction that tried is rolled back. */
export class UniqueIndexError extends ProconsulError {
  override readonly code = 'unique_index'
  readonly table: string
  readonly indexName: string
  readonly indexKey: string

  constructor(table: string, indexName: string, indexKey: string, holder: string) {
    super(
      `Table "${table}" already holds ${printable(indexKey)} in its unique index "${indexName}", ` +
        `for row ${printable(holder)}: delete or change that row first`,
    )
    this.table = table
    this.indexName = indexName
    this.indexKey = indexKey
  }
}

/** Compound keys hold NULs, which terminals and logs garble. */
function printable(key: string): string {
  return JSON.stringify(key.replaceAll('\0', '/'))
}
