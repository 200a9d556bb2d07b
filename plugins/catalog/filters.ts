import type { FieldDescription } from '../../src/filter/field-description.ts'
import { compileFilter } from '../../src/filter/filter.ts'
import type { RowFilter } from './queries.ts'

/** A `?filter=` for rows of one shape; undefined when there is none. Throws FilterError. */
export function rowFilter<Row>(expression: string | undefined, fields: FieldDescription): RowFilter<Row> | undefined {
  if (expression === undefined || expression === '') return undefined
  return { key: expression, keeps: compileFilter(expression, fields) }
}
