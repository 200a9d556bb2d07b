import type { Random } from '../../src/kernel/random.ts'
import { metaFlaw } from '../../src/rules/service-meta.ts'
import { sessionIdFlaw } from '../../src/rules/session-ids.ts'
import type { View } from '../../src/store/view.ts'
import { parseGoDuration } from '../../src/wire/go-duration.ts'
import type { PreparedQuery, PreparedQueryRequest } from '../../src/wire/structs/prepared-query.ts'
import { PreparedQueryRefusedError } from './errors.ts'
import { preparedQueries, queryKey } from './tables.ts'

/** What clients are shown in the place of a token. One that comes back was copied from such an answer. */
const hiddenToken = '<hidden>'

/**
 * Checks and completes a request before it goes into the log (protocol/servers.md §6.4): the id of a new query is made up
 * here, so that every server carries out the same. Throws PreparedQueryRefusedError.
 */
export function prepareRequest(request: PreparedQueryRequest, view: View, random: Random): PreparedQueryRequest {
  const { Op } = request
  let query = requireQuery(request)
  if (Op === 'create') {
    if (query.ID !== '') throw new PreparedQueryRefusedError('ID must be empty when creating a new prepared query')
    query = { ...query, ID: newId(view, random) }
  } else {
    requireExisting(query.ID, view)
  }
  if (Op === 'create' || Op === 'update') {
    const flaw = flawOf(query)
    if (flaw !== undefined) throw new PreparedQueryRefusedError(`Invalid prepared query: ${flaw}`)
  } else if (Op !== 'delete') {
    throw new PreparedQueryRefusedError(`Unknown prepared query operation: ${Op}`)
  }
  return { ...request, Query: query }
}

function requireQuery({ Query }: PreparedQueryRequest): PreparedQuery {
  if (Query === null) throw new PreparedQueryRefusedError('Missing prepared query')
  return Query
}

function requireExisting(id: string, view: View): void {
  const flaw = sessionIdFlaw(id)
  if (flaw !== undefined) {
    throw new PreparedQueryRefusedError(
      `Prepared Query lookup failed: failed prepared query lookup: index error: ${flaw}`,
    )
  }
  if (!view.table(preparedQueries).has(queryKey(id))) {
    throw new PreparedQueryRefusedError(`Cannot modify non-existent prepared query: '${id}'`)
  }
}

function flawOf({ Name, Template, Session, Token, Service, DNS }: PreparedQuery): string | undefined {
  if (Name === '' && Template.Type === '' && Session === '') return 'Must be bound to a session'
  if (Token === hiddenToken) {
    return `Bad Token '${Token}', it looks like a query definition with a redacted token was submitted`
  }
  if (Service.Service === '') return 'Must provide a Service name to query'
  const { NearestN } = Service.Failover
  if (NearestN < 0) return `Bad NearestN '${NearestN}', must be >= 0`
  const flaw = metaFlaw(Service.NodeMeta)
  return flaw === undefined ? ttlFlaw(DNS.TTL) : `Invalid NodeMeta filters: ${flaw}`
}

function ttlFlaw(text: string): string | undefined {
  if (text === '') return undefined
  const ttlNs = parseGoDuration(text)
  if (typeof ttlNs !== 'number') return `Bad DNS TTL '${text}': ${ttlNs.problem}`
  return ttlNs < 0 ? `DNS TTL '${ttlNs}', must be >=0` : undefined
}

function newId(view: View, random: Random): string {
  for (;;) {
    const id = random.uuid()
    if (!view.table(preparedQueries).has(queryKey(id))) return id
  }
}
