import { definePlugin } from '../../src/kernel/plugin.ts'
import { sessionKey } from '../../src/rules/session-ids.ts'
import { SessionRequest } from '../../src/wire/structs/session.ts'
import { applySession, endSessionsOfCheck, endSessionsOfNode } from './commands.ts'
import { endLapsed } from './duties.ts'
import { sessionRoutes } from './routes.ts'
import { addSessionMethods } from './rpc.ts'
import { restoreSession, sessionRecord, sessionRecords } from './snapshot.ts'
import { sessions } from './tables.ts'
import { SessionTimers } from './timers.ts'
import { sessionTransactions } from './transactions.ts'

/** Sessions: what locks are held by. */
export default definePlugin({
  name: 'sessions',
  summary: 'sessions that hold locks, with TTLs and health checks',
  provides: ['sessionLookup', 'sessionTransactions'],
  requires: ['state', 'consensus', 'node', 'catalogLookup', 'rpc'],
  options: {
    ttlMin: {
      type: 'duration',
      key: 'session_ttl_min',
      default: '10s',
      min: '1ms',
      max: '24h',
      help: 'Shortest TTL a session may have; it lapses after twice its TTL.',
    },
  },
  setup(agent, { ttlMin }) {
    const { hooks, services, clock, random } = agent
    const state = services.get('state')
    const consensus = services.get('consensus')
    const { datacenter, name: nodeName } = services.get('node')
    const catalog = services.get('catalogLookup')
    const { store } = state
    services.provide('sessionLookup', { has: (tx, id) => tx.table(sessions).has(sessionKey(id)) })
    services.provide('sessionTransactions', sessionTransactions)

    state.defineTable(sessions)
    state.defineCommand({ name: 'Session', type: 3, struct: SessionRequest })
    hooks.apply.for('Session').tap('sessions', (tx, request) => applySession(tx, request, catalog))
    hooks.change.for('nodes').tap('sessions', (tx, { before, after }) => {
      if (before !== undefined && after === undefined) endSessionsOfNode(tx, before.Node)
    })
    hooks.change.for('checks').tap('sessions', (tx, { before, after }) => {
      if (after === undefined ? before !== undefined : after.Status === 'critical') {
        const { Node, CheckID } = (after ?? before)!
        endSessionsOfCheck(tx, Node, CheckID)
      }
    })

    hooks.snapshot.tap({ name: 'sessions', stage: sessionRecord.stage }, (view, records) =>
      records.add(sessionRecord.type, sessionRecords(view)),
    )
    hooks.restore.for(sessionRecord.type).tap('sessions', restoreSession)

    let timers: SessionTimers | undefined
    const rpc = services.get('rpc')
    hooks.rpcMethods.tap('sessions', (methods) =>
      addSessionMethods(methods, { store, consensus, random, ttlMinMs: ttlMin, timers: () => timers }),
    )
    hooks.httpRoutes.tap('sessions', (routes) => routes.add(...sessionRoutes({ rpc, nodeName })))

    // A transaction may yet be rolled back, so what it does to timers waits for its end.
    const touched = new Set<string>()
    hooks.change.for('sessions').tap('sessions', (_tx, { before, after }) => {
      if (timers !== undefined) touched.add(sessionKey((after ?? before)!.ID))
    })
    hooks.committed.tap('sessions', () => {
      if (touched.size === 0) return
      for (const key of touched) {
        const session = store.latest.table(sessions).get(key)
        if (session === undefined) timers?.stop(key)
        else if (timers?.has(key) === false) timers.restart(session)
      }
      touched.clear()
    })
    hooks.leadership.tap('sessions', ({ role, signal }) => {
      timers?.stopAll()
      timers = undefined
      touched.clear()
      if (role !== 'leader') return
      timers = new SessionTimers(clock, (id) =>
        agent.tasks.run('end lapsed session', (ended) => endLapsed(id, consensus, datacenter, clock, ended), signal),
      )
      for (const session of store.latest.table(sessions).list()) timers.restart(session)
    })
    agent.own(() => timers?.stopAll())
  },
})
