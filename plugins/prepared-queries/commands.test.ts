// biome-ignore-all lint/suspicious/noTemplateCurlyInString: HIL's interpolations look like that
import { describe, expect, test } from 'vitest'
import { Store } from '../../src/store/store.ts'
import { seededRandom } from '../../src/testing/seeded-random.ts'
import { PreparedQuery, PreparedQueryRequest } from '../../src/wire/structs/prepared-query.ts'
import { applyPreparedQuery, endQueriesOfSession } from './commands.ts'
import { prepareRequest } from './prepare.ts'
import { queriesQuestion, queryQuestion, type Resolved, resolveQuestion } from './queries.ts'
import { queryRecords, restoreQuery } from './snapshot.ts'
import { preparedQueries } from './tables.ts'

const id = (digit: number) => `${String(digit).repeat(8)}-2567-ccff-af91-1ce472f281a8`
const sessions = { has: (_tx: unknown, session: string) => session === id(7) }

class Queries {
  readonly store = new Store([preparedQueries])
  #index = 0

  apply(Op: string, query: Record<string, unknown>): void {
    const request = { ...PreparedQueryRequest.zero(), Op, Query: PreparedQuery.fromJson(query) }
    const logged = PreparedQueryRequest.decode(PreparedQueryRequest.encode(request))
    this.store.transact(++this.#index, (tx) => applyPreparedQuery(tx, logged, sessions))
  }

  endSession(session: string): void {
    this.store.transact(++this.#index, (tx) => endQueriesOfSession(tx, session))
  }

  get names(): string[] {
    return this.store.latest
      .table(preparedQueries)
      .list()
      .map(({ Name }) => Name)
  }

  get tableIndex(): number {
    return this.store.latest.tableIndex('prepared-queries')
  }

  resolve(idOrName: string): Resolved {
    return this.store.queries.ask(resolveQuestion(idOrName, '')).current().value
  }
}

const query = (digit: number, Name: string, rest: object = {}) => ({
  ID: id(digit),
  Name,
  Service: { Service: 'web' },
  ...rest,
})
const template = { Template: { Type: 'name_prefix_match' } }

describe('prepared queries', () => {
  test('are created, replaced and deleted, and each moves the index', () => {
    const queries = new Queries()
    queries.apply('create', query(1, 'a'))
    queries.apply('update', query(1, 'b'))
    const [row] = queries.store.queries.ask(queryQuestion(id(1).toUpperCase())).current().value
    expect([row!.Name, row!.CreateIndex, row!.ModifyIndex, queries.tableIndex]).toEqual(['b', 1, 2, 2])
    queries.apply('delete', query(1, ''))
    expect([queries.names, queries.tableIndex]).toEqual([[], 3])
    queries.apply('delete', query(1, ''))
    expect(queries.store.queries.ask(queriesQuestion()).current().index).toBe(4)
  })

  test.for<[Record<string, unknown>, string]>([
    [{ ...query(2, 'x'), ID: '' }, 'Missing Query ID'],
    [{ ...query(2, 'x'), ID: 'no-uuid' }, 'failed prepared query lookup: index error: UUID must be 36 characters'],
    [query(2, 'TAKEN'), "name 'TAKEN' aliases an existing query name"],
    [query(2, id(1)), `name '${id(1)}' aliases an existing query ID`],
    [query(2, '', template), 'a query template with an empty name already exists'],
    [query(2, 'x', { Session: id(8) }), `invalid session "${id(8)}"`],
    [query(2, 'x', { Session: 'nope' }), 'failed session lookup: index error: UUID must be 36 characters'],
    [query(2, 'x', { Template: { Type: 'nope' } }), "failed compiling template: Bad Template.Type 'nope'"],
  ])('are refused where they cannot stand beside the others (%#)', ([refused, sentence]) => {
    const queries = new Queries()
    queries.apply('create', query(1, 'taken'))
    queries.apply('create', query(3, '', template))
    expect(() => queries.apply('create', refused)).toThrow(sentence)
    expect([queries.names, queries.tableIndex]).toEqual([['taken', ''], 2])
  })

  test('may keep their name, and their place as the template for everything', () => {
    const queries = new Queries()
    queries.apply('create', query(1, 'a'))
    queries.apply('update', query(1, 'A'))
    queries.apply('create', query(3, '', template))
    queries.apply('update', query(3, '', template))
    expect(queries.names).toEqual(['A', ''])
  })

  test('end with the session they are bound to', () => {
    const queries = new Queries()
    queries.apply('create', query(1, 'bound', { Session: id(7) }))
    queries.apply('create', query(2, 'free'))
    queries.endSession(id(6))
    expect(queries.tableIndex).toBe(2)
    queries.endSession(id(7).toUpperCase())
    expect([queries.names, queries.tableIndex]).toEqual([['free'], 4])
  })

  test('come back from a snapshot as they were', () => {
    const queries = new Queries()
    queries.apply('create', query(1, 'a', { Session: id(7), DNS: { TTL: '10s' } }))
    queries.apply('create', query(2, 'geo-', template))
    const records = [...queryRecords(queries.store.latest)]
    const fresh = new Store([preparedQueries])
    fresh.transact(9, (tx) => {
      for (const record of records) restoreQuery(tx, record)
    })
    expect([...queryRecords(fresh.latest)]).toEqual(records)
    expect(fresh.latest.tableIndex('prepared-queries')).toBe(2)
  })
})

describe('a name', () => {
  const queries = new Queries()
  queries.apply('create', query(1, 'web'))
  queries.apply('create', query(2, 'geo-', { ...template, Service: { Service: '${name.suffix}' } }))
  queries.apply('create', query(3, 'geo-db-', { ...template, Service: { Service: 'db-${name.suffix}' } }))

  test.for<[string, string]>([
    ['web', 'web'],
    ['WEB', 'web'],
    [id(1), 'web'],
    ['geo-x', 'x'],
    ['GEO-x', 'GEO-x'],
    ['geo-db-x', 'db-x'],
    ['geo-db-', 'db-'],
  ])('%s stands for a query of %s', ([name, service]) => {
    expect(queries.resolve(name).query?.Service.Service).toBe(service)
  })

  test('of nobody stands for none', () => {
    for (const name of ['we', 'webs', 'geo', '', id(9), `geo-${'x'.repeat(2000)}`]) {
      expect(queries.resolve(name)).toEqual({ query: undefined })
    }
  })

  test('is how a template is found, and not by its id', () => {
    expect(queries.resolve(id(2)).refused?.message).toBe(
      'prepared query templates can only be resolved up by name, not by ID',
    )
  })

  test('that a template fails for is refused with the reason', () => {
    const failing = new Queries()
    failing.apply('create', query(1, 'n', { ...template, Service: { Service: '${1 / (name.suffix == "x" ? 0 : 1)}' } }))
    expect(failing.resolve('nx').refused?.message).toMatch(/^Bad evaluation for .* divide by zero$/)
  })
})

describe('a request for the log', () => {
  const store = new Queries()
  store.apply('create', query(1, 'there'))
  const prepare = (Op: string, fields: Record<string, unknown> | null) => {
    const Query = fields && PreparedQuery.fromJson(fields)
    return prepareRequest({ ...PreparedQueryRequest.zero(), Op, Query }, store.store.latest, seededRandom(1))
  }

  test('gets a new id when it creates a query', () => {
    expect(prepare('create', { Name: 'x', Service: { Service: 'web' } }).Query!.ID).toMatch(/^[0-9a-f-]{36}$/)
  })

  test('may change and delete what is there', () => {
    expect(prepare('update', query(1, 'x')).Query!.Name).toBe('x')
    expect(prepare('delete', { ID: id(1) }).Op).toBe('delete')
  })

  test.for<[string, Record<string, unknown> | null, string]>([
    ['create', null, 'Missing prepared query'],
    ['create', query(1, 'x'), 'ID must be empty when creating a new prepared query'],
    ['update', query(2, 'x'), `Cannot modify non-existent prepared query: '${id(2)}'`],
    ['delete', { ID: 'x' }, 'Prepared Query lookup failed: failed prepared query lookup: index error: UUID must be'],
    ['upsert', query(1, 'x'), 'Unknown prepared query operation: upsert'],
    ['create', { Service: { Service: 'web' } }, 'Invalid prepared query: Must be bound to a session'],
    ['create', { Name: 'x' }, 'Invalid prepared query: Must provide a Service name to query'],
    ['create', { Name: 'x', Token: '<hidden>' }, "Invalid prepared query: Bad Token '<hidden>', it looks like"],
    [
      'create',
      { Name: 'x', Service: { Service: 'web', NodeMeta: { 'a b': '' } } },
      "Invalid prepared query: Invalid NodeMeta filters: Couldn't load metadata pair ('a b', ''): Key contains",
    ],
    ['create', { Name: 'x', Service: { Service: 'web' }, DNS: { TTL: '1' } }, "Bad DNS TTL '1': time: missing unit"],
  ])('is refused when it cannot be right (%#)', ([op, fields, sentence]) => {
    expect(() => prepare(op, fields)).toThrow(sentence)
  })
})
