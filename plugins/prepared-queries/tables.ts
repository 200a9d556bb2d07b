import { sessionKey as uuidKey } from '../../src/rules/session-ids.ts'
import { defineTable } from '../../src/store/table.ts'
import type { PreparedQuery } from '../../src/wire/structs/prepared-query.ts'
import { isTemplate } from './template.ts'

/** The prepared queries, by id. */
export const preparedQueries = defineTable({
  name: 'prepared-queries',
  key: (row: PreparedQuery) => queryKey(row.ID),
  indexes: {
    byName: { key: (row: PreparedQuery) => (row.Name === '' ? undefined : nameKey(row.Name)) },
    /** Templates by the prefix they are for, `''` for every name. */
    byPrefix: { key: (row: PreparedQuery) => (isTemplate(row) ? nameKey(row.Name) : undefined) },
    bySession: { key: (row: PreparedQuery) => (row.Session === '' ? undefined : uuidKey(row.Session)) },
  },
})

/** Ids are compared by their digits, like those of sessions. */
export function queryKey(id: string): string {
  return uuidKey(id)
}

/** Names are found in any letter case. */
export function nameKey(name: string): string {
  return name.toLowerCase()
}
