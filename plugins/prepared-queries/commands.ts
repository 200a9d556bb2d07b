import { goQuote } from '../../src/filter/go-text.ts'
import { sessionIdFlaw, sessionKey } from '../../src/rules/session-ids.ts'
import type { Transaction } from '../../src/store/transaction.ts'
import type { PreparedQuery, PreparedQueryRequest } from '../../src/wire/structs/prepared-query.ts'
import type { SessionLookup } from '../kv/contract.ts'
import { PreparedQueryRefusedError } from './errors.ts'
import { nameKey, preparedQueries, queryKey } from './tables.ts'
import { compileTemplate, isTemplate } from './template.ts'

/** Carries out one PreparedQuery command (protocol/servers.md §13.5). */
export function applyPreparedQuery(
  tx: Transaction,
  { Op, Query }: PreparedQueryRequest,
  sessions: SessionLookup | undefined,
): null {
  switch (Op) {
    case 'create':
    case 'update':
      if (Query !== null) put(tx, Query, sessions)
      return null
    case 'delete':
      if (Query !== null) tx.table(preparedQueries).delete(queryKey(Query.ID))
      tx.setTableIndex('prepared-queries')
      return null
    default:
      throw new PreparedQueryRefusedError(`Invalid PreparedQuery operation '${Op}'`)
  }
}

/** A query that is bound to a session lasts as long as it. */
export function endQueriesOfSession(tx: Transaction, session: string): void {
  const bound = tx.table(preparedQueries).index('bySession').get(sessionKey(session))
  for (const { ID } of bound) tx.table(preparedQueries).delete(queryKey(ID))
  if (bound.length > 0) tx.setTableIndex('prepared-queries')
}

function put(tx: Transaction, query: PreparedQuery, sessions: SessionLookup | undefined): void {
  if (query.ID === '') throw new PreparedQueryRefusedError('Missing Query ID')
  const flaw = sessionIdFlaw(query.ID)
  if (flaw !== undefined) throw new PreparedQueryRefusedError(`failed prepared query lookup: index error: ${flaw}`)
  requireOwnName(tx, query)
  requireSession(tx, query.Session, sessions)
  if (isTemplate(query)) {
    try {
      compileTemplate(query)
    } catch (error) {
      if (!(error instanceof PreparedQueryRefusedError)) throw error
      throw new PreparedQueryRefusedError(`failed compiling template: ${error.message}`, { cause: error })
    }
  }
  tx.table(preparedQueries).put(query)
  tx.setTableIndex('prepared-queries')
}

/**
 * Queries are asked for by name or by id, so no two may have one name, and none may be called what another has as its id,
 * to catch what is meant for that one.
 */
function requireOwnName(tx: Transaction, query: PreparedQuery): void {
  const { ID, Name } = query
  const table = tx.table(preparedQueries)
  const isOther = (row: PreparedQuery) => queryKey(row.ID) !== queryKey(ID)
  if (Name !== '' && table.index('byName').get(nameKey(Name)).some(isOther)) {
    throw new PreparedQueryRefusedError(`name '${Name}' aliases an existing query name`)
  }
  if (Name === '' && isTemplate(query) && table.index('byPrefix').get('').some(isOther)) {
    throw new PreparedQueryRefusedError('a query template with an empty name already exists')
  }
  if (sessionIdFlaw(Name) === undefined && table.has(queryKey(Name))) {
    throw new PreparedQueryRefusedError(`name '${Name}' aliases an existing query ID`)
  }
}

function requireSession(tx: Transaction, session: string, sessions: SessionLookup | undefined): void {
  if (session === '') return
  const flaw = sessionIdFlaw(session)
  if (flaw !== undefined) throw new PreparedQueryRefusedError(`failed session lookup: index error: ${flaw}`)
  if (!sessions?.has(tx, session)) throw new PreparedQueryRefusedError(`invalid session ${goQuote(session)}`)
}
