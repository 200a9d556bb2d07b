import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Session } from '../../src/wire/structs/session.ts'
import catalog from '../catalog/index.ts'
import kv from '../kv/index.ts'
import { kvs, tombstones } from '../kv/tables.ts'
import state from '../state/index.ts'
import { createSession, SessionAgent } from './agent.fixture.ts'
import { SessionRefusedError } from './errors.ts'
import sessionsPlugin from './index.ts'
import { destroyRequest } from './session-request.ts'
import { sessions } from './tables.ts'
import { sessionTransactions } from './transactions.ts'

const ada = 'adadadad-0000-4000-8000-000000000001'
const bob = 'b0b0b0b0-0000-4000-8000-000000000002'

function newAgent() {
  return new SessionAgent([state, catalog, sessionsPlugin, kv])
}

/** With the node `web-1`, its check `serfHealth`, and the service `web` with the check `web-up`. */
function withNode() {
  const agent = newAgent()
  agent.register({ Node: 'Web-1', Check: check('serfHealth', 'passing') })
  agent.register({ Node: 'Web-1', Service: { ID: 'web', Service: 'web' }, Check: check('web-up', 'warning', 'web') })
  const { latest } = agent.state.store
  const create = (session: Partial<Session> = {}) =>
    agent.apply('Session', createSession({ ID: ada, Node: 'web-1', ...session }))
  return {
    agent,
    create,
    ids: () =>
      latest
        .table(sessions)
        .list()
        .map(({ ID }) => ID),
    key: (name: string) => latest.table(kvs).get(name),
    tableIndex: (name: string) => latest.tableIndex(name),
  }
}

const check = (CheckID: string, Status: string, ServiceID = '') => ({ CheckID, Name: CheckID, Status, ServiceID })

describe('creating a session', () => {
  test('stores it with the index of its entry', () => {
    const { agent, create, tableIndex } = withNode()
    expect(create({ Name: 'mine', NodeChecks: ['serfHealth'], LockDelay: 15e9 })).toBe(ada)
    expect(agent.state.store.latest.table(sessions).list()).toEqual([
      {
        ...Session.zero(),
        ID: ada,
        Name: 'mine',
        Node: 'web-1',
        LockDelay: 15e9,
        Behavior: 'release',
        NodeChecks: ['serfHealth'],
        CreateIndex: 3,
        ModifyIndex: 3,
      },
    ])
    expect(tableIndex('sessions')).toBe(3)
  })

  test.for([
    [{ ID: '' }, 'Missing session ID'],
    [{ ID: 'nonsense' }, 'failed session lookup: index error: UUID must be 36 characters'],
    [{ Behavior: 'explode' }, 'Invalid session behavior: explode'],
    [{ Node: 'elsewhere' }, 'Missing node registration'],
    [{ NodeChecks: ['nope'] }, `Missing check 'nope' registration`],
    [{ Checks: ['serfHealth', 'nope'], NodeChecks: ['neither'] }, `Missing check 'nope' registration`],
    [{ ServiceChecks: [{ ID: 'down', Namespace: '' }] }, `Check 'down' is in critical state`],
  ] as const)('%j is refused: %s', ([session, message]) => {
    const { agent, create, ids } = withNode()
    agent.register({ Node: 'web-1', Check: check('down', 'critical') })
    expect(() => create(session as Partial<Session>)).toThrow(new SessionRefusedError(message))
    expect(ids()).toEqual([])
  })

  test('refuses an operation that nobody knows', () => {
    const { agent } = withNode()
    expect(() => agent.apply('Session', { ...createSession({}), Op: 'twist' })).toThrow(
      "Invalid Session operation 'twist'",
    )
  })
})

describe('a session ends', () => {
  test('when it is destroyed, in any spelling of its id, and once', () => {
    const { agent, create, ids, tableIndex } = withNode()
    create()
    expect(agent.apply('Session', destroyRequest('dc1', ada.toUpperCase(), ''))).toBe(null)
    expect(ids()).toEqual([])
    expect(tableIndex('sessions')).toBe(4)
    agent.apply('Session', destroyRequest('dc1', ada, ''))
    expect(tableIndex('sessions')).toBe(4)
  })

  test.for([
    [
      'its check turns critical',
      (agent: SessionAgent) => agent.register({ Node: 'WEB-1', Check: check('SERFHEALTH', 'critical') }),
    ],
    ['its check is removed', (agent: SessionAgent) => agent.apply('Deregister', deregister({ CheckID: 'SerfHealth' }))],
    [
      'a check of a service does',
      (agent: SessionAgent) => agent.register({ Node: 'Web-1', Check: check('web-up', 'critical', 'web') }),
    ],
    [
      'the service of a check goes',
      (agent: SessionAgent) => agent.apply('Deregister', deregister({ ServiceID: 'web' })),
    ],
    ['its node goes', (agent: SessionAgent) => agent.apply('Deregister', deregister({}))],
  ] as const)('when %s', ([, happens]) => {
    const { agent, create, ids, key, tableIndex } = withNode()
    create({ NodeChecks: ['serfHealth'], ServiceChecks: [{ ID: 'Web-Up', Namespace: '' }] })
    create({ ID: bob, Node: 'web-1', Checks: [] })
    agent.register({ Node: 'other' })
    agent.apply('Session', createSession({ ID: 'c0c0c0c0-0000-4000-8000-000000000003', Node: 'other' }))
    agent.kv('lock', 'job', ada)
    happens(agent)
    expect(ids()).not.toContain(ada)
    expect(ids()).toContain('c0c0c0c0-0000-4000-8000-000000000003')
    expect(tableIndex('sessions')).toBe(agent.index)
    expect(key('job')).toMatchObject({ Session: '', LockIndex: 1, ModifyIndex: agent.index })
  })

  test('not when a check is worse but not critical, nor when another one is', () => {
    const { agent, create, ids } = withNode()
    create({ NodeChecks: ['serfHealth'] })
    agent.register({ Node: 'Web-1', Check: check('serfHealth', 'warning') })
    agent.register({ Node: 'Web-1', Check: check('web-up', 'critical', 'web') })
    agent.register({ Node: 'Web-1', Address: '192.0.2.99' })
    expect(ids()).toEqual([ada])
  })

  test('and with it the keys it held, where it says so', () => {
    const { agent, create, key, tableIndex } = withNode()
    create({ Behavior: 'delete' })
    agent.kv('lock', 'gone', ada)
    agent.kv('set', 'stays')
    agent.apply('Session', destroyRequest('dc1', ada, ''))
    expect(key('gone')).toBeUndefined()
    expect(key('stays')).toBeDefined()
    expect(agent.state.store.latest.table(tombstones).get('gone')).toMatchObject({ ModifyIndex: agent.index })
    expect(tableIndex('kvs')).toBe(agent.index)
  })

  test('in a transaction without a word to its locks', () => {
    const { agent, create, ids, key, tableIndex } = withNode()
    create()
    agent.kv('lock', 'job', ada)
    const { store } = agent.state
    const op = { Verb: 'delete', Session: { ...Session.zero(), ID: ada.toUpperCase() } }
    expect(store.transact(9, (tx) => sessionTransactions.apply(tx, op))).toEqual([])
    expect(ids()).toEqual([])
    expect(tableIndex('sessions')).toBe(9)
    expect(key('job')).toMatchObject({ Session: ada, ModifyIndex: 4 })
    expect(() => store.transact(10, (tx) => sessionTransactions.apply(tx, { ...op, Verb: 'get' }))).toThrow(
      'unknown Session verb "get"',
    )
  })
})

describe('whatever the commands', () => {
  const id = fc.constantFrom(ada, bob, ada.toUpperCase(), 'c0c0c0c0-0000-4000-8000-000000000003', 'nonsense')
  const node = fc.constantFrom('a', 'A', 'b')
  const checkId = fc.constantFrom('serfHealth', 'disk')
  const checkIds = fc.option(fc.subarray(['serfHealth', 'disk']))
  const command = fc.oneof(
    fc.record({
      do: fc.constant('create' as const),
      id,
      node,
      checkIds,
      behavior: fc.constantFrom('', 'release', 'delete'),
    }),
    fc.record({ do: fc.constant('destroy' as const), id }),
    fc.record({
      do: fc.constant('check' as const),
      node,
      checkId,
      status: fc.constantFrom('passing', 'passing', 'critical'),
    }),
    fc.record({ do: fc.constant('deregister' as const), node, checkId: fc.constantFrom('', 'serfHealth', 'disk') }),
    fc.record({ do: fc.constantFrom('lock' as const, 'unlock' as const), id, key: fc.constantFrom('x', 'y') }),
  )

  function carryOut(agent: SessionAgent, what: typeof command extends fc.Arbitrary<infer T> ? T : never): unknown {
    try {
      switch (what.do) {
        case 'create': {
          const { id: ID, node: Node, behavior: Behavior, checkIds: NodeChecks } = what
          return agent.apply('Session', createSession({ ID, Node, Behavior, NodeChecks }))
        }
        case 'destroy':
          return agent.apply('Session', destroyRequest('dc1', what.id, ''))
        case 'check':
          return agent.register({ Node: what.node, Check: check(what.checkId, what.status) })
        case 'deregister':
          return agent.apply('Deregister', deregister({ Node: what.node, CheckID: what.checkId }))
        default:
          return agent.kv(what.do, what.key, what.id)
      }
    } catch (error) {
      return (error as Error).message
    }
  }

  test('a server restored from a snapshot on the way ends with the same state, and no lock outlives its session', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(command, { maxLength: 25 }), fc.nat(25), async (commands, restoreAt) => {
        const one = newAgent()
        let two = newAgent()
        for (const [at, what] of commands.entries()) {
          if (at === restoreAt) two = await restored(two)
          expect(carryOut(two, what)).toEqual(carryOut(one, what))
        }
        // Without the header, whose index only counts the log.
        expect(two.records().slice(1)).toEqual(one.records().slice(1))
        const { latest } = one.state.store
        const alive = new Set(
          latest
            .table(sessions)
            .list()
            .map(({ ID }) => ID.toLowerCase()),
        )
        for (const { Session } of latest.table(kvs).list()) {
          if (Session !== '') expect(alive).toContain(Session.toLowerCase())
        }
      }),
      { numRuns: 60 },
    )
  })

  async function restored(from: SessionAgent): Promise<SessionAgent> {
    const agent = newAgent()
    const { records } = from.state.snapshot()
    await agent.state.restore(
      (async function* () {
        yield* records
      })(),
    )
    agent.index = from.index
    return agent
  }
})

function deregister(request: { Node?: string; ServiceID?: string; CheckID?: string }) {
  return { Datacenter: 'dc1', Node: 'WEB-1', Address: '', ServiceID: '', CheckID: '', Token: '', ...request }
}
