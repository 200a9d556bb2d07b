import { sessionIdFlaw } from '../../src/rules/session-ids.ts'
import type { Question } from '../../src/store/live-query.ts'
import type { View } from '../../src/store/view.ts'
import { list, message } from '../../src/wire/schema.ts'
import { PreparedQuery } from '../../src/wire/structs/prepared-query.ts'
import { PreparedQueryRefusedError, QueryNotFoundError } from './errors.ts'
import { nameKey, preparedQueries, queryKey } from './tables.ts'
import { compileTemplate, isTemplate } from './template.ts'

/**
 * Longer names have no template: DNS knows none, and a regular expression is asked about each character of it.
 */
const templatedNameMax = 1024

const QueryList = message(list(PreparedQuery, { nil: '[]' }))

/** Every query, by id. */
export function queriesQuestion(): Question<readonly PreparedQuery[]> {
  return question('list', (view) => view.table(preparedQueries).list())
}

/** One query by its id, as a list that is empty when it is not there. */
export function queryQuestion(id: string): Question<readonly PreparedQuery[]> {
  const key = queryKey(id)
  return question(`one/${key}`, (view) => {
    const row = view.table(preparedQueries).get(key)
    return row === undefined ? [] : [row]
  })
}

/** What is carried out for an id or a name. */
export interface Resolved {
  /** Undefined when nothing is. */
  readonly query: PreparedQuery | undefined
  /** Why a query that is there cannot be carried out. */
  readonly refused?: PreparedQueryRefusedError
}

/**
 * The query for an id, for an exact name, or else made from the template with the longest prefix of the name; templates
 * are filled in. `segment` is the network segment of the agent that asks. Its index says nothing: executing never blocks.
 */
export function resolveQuestion(idOrName: string, segment: string): Question<Resolved> {
  return {
    key: `prepared-queries/resolve/${JSON.stringify([idOrName, segment])}`,
    read: (view) => resolve(view, idOrName, segment),
    index: () => 1,
    encode: ({ query, refused }) => Buffer.from(refused?.message ?? (query ? PreparedQuery.toJson(query) : '')),
  }
}

/** The query, or what keeps it from being carried out: throws QueryNotFoundError or PreparedQueryRefusedError. */
export function requireResolved({ query, refused }: Resolved): PreparedQuery {
  if (refused !== undefined) throw refused
  if (query === undefined) throw new QueryNotFoundError()
  return query
}

function resolve(view: View, idOrName: string, segment: string): Resolved {
  const table = view.table(preparedQueries)
  const byId = sessionIdFlaw(idOrName) === undefined ? table.get(queryKey(idOrName)) : undefined
  if (byId !== undefined && isTemplate(byId)) {
    const sentence = 'prepared query templates can only be resolved up by name, not by ID'
    return { query: undefined, refused: new PreparedQueryRefusedError(sentence) }
  }
  if (byId !== undefined) return { query: byId }
  const name = nameKey(idOrName)
  const found = table.index('byName').get(name)[0] ?? longestPrefix(view, name)
  if (found === undefined || !isTemplate(found)) return { query: found }
  try {
    return { query: compileTemplate(found)(idOrName, segment) }
  } catch (error) {
    if (!(error instanceof PreparedQueryRefusedError)) throw error
    return { query: undefined, refused: error }
  }
}

/** Templates are few, and are all looked at: a name may be long. */
function longestPrefix(view: View, name: string): PreparedQuery | undefined {
  if (name.length > templatedNameMax) return undefined
  let best: PreparedQuery | undefined
  for (const row of view.table(preparedQueries).index('byPrefix').list()) {
    if (name.startsWith(nameKey(row.Name)) && row.Name.length >= (best?.Name.length ?? 0)) best = row
  }
  return best
}

function question(key: string, read: (view: View) => readonly PreparedQuery[]): Question<readonly PreparedQuery[]> {
  return {
    key: `prepared-queries/${key}`,
    read,
    index: (view) => view.tableIndex('prepared-queries'),
    encode: (rows) => Buffer.from(QueryList.toJson([...rows])),
    same: (a, b) => a.length === b.length && a.every((row, at) => row === b[at]),
  }
}
