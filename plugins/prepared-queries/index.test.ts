import { expect, test } from 'vitest'
import { PreparedQuery, PreparedQueryRequest } from '../../src/wire/structs/prepared-query.ts'
import catalog from '../catalog/index.ts'
import { createSession, SessionAgent } from '../sessions/agent.fixture.ts'
import sessions from '../sessions/index.ts'
import { destroyRequest } from '../sessions/session-request.ts'
import state from '../state/index.ts'
import plugin from './index.ts'
import { preparedQueries } from './tables.ts'

const session = 'c61c38b4-69b3-1f88-217b-a72edb0a26d1'
const query = { ID: '06cc1b43-1e7e-8490-7340-9009c0d4e688', Name: 'q', Session: session, Service: { Service: 'web' } }

function queriesOf(agent: SessionAgent) {
  return agent.state.store.latest.table(preparedQueries).list()
}

function boundQuery(): SessionAgent {
  const agent = new SessionAgent([state, catalog, sessions, plugin])
  agent.lead()
  agent.register({ Node: 'n1' })
  agent.apply('Session', createSession({ ID: session, Node: 'n1' }))
  const request = { ...PreparedQueryRequest.zero(), Op: 'create', Query: PreparedQuery.fromJson(query) }
  agent.apply('PreparedQuery', request)
  return agent
}

test('a query that is bound to a session ends in the very commit that ends the session', () => {
  const agent = boundQuery()
  expect(queriesOf(agent)).toMatchObject([{ Name: 'q' }])
  agent.apply('Session', destroyRequest('dc1', session, 'release'))
  expect(queriesOf(agent)).toEqual([])
  expect(agent.state.store.latest.tableIndex('prepared-queries')).toBe(agent.index)
})

test('it ends with the node of the session, too', () => {
  const agent = boundQuery()
  agent.apply('Deregister', { Datacenter: 'dc1', Node: 'n1', ServiceID: '', CheckID: '', Token: '' })
  expect(queriesOf(agent)).toEqual([])
})

test('a snapshot brings queries back where they belong', async () => {
  const agent = boundQuery()
  const records = [...agent.state.snapshot().records]
  const fresh = new SessionAgent([state, catalog, sessions, plugin])
  await fresh.state.restore(
    (async function* () {
      yield* records
    })(),
  )
  expect(fresh.records()).toEqual(agent.records())
  expect(queriesOf(fresh)).toMatchObject([{ Name: 'q', Session: session }])
})
