import { expect, test } from 'vitest'
import catalog from '../catalog/index.ts'
import { SessionAgent } from '../sessions/agent.fixture.ts'
import sessions from '../sessions/index.ts'
import state from '../state/index.ts'
import { tombstoneBinMs, tombstoneTtlMs } from './duties.ts'
import kv from './index.ts'
import { tombstones } from './tables.ts'

test('a leader reaps the tombstones of what was deleted while it led, and then has nothing to do', async () => {
  const agent = new SessionAgent([state, catalog, sessions, kv])
  const graves = () => agent.state.store.latest.table(tombstones).list().length
  const reaped = () => agent.proposed.filter((name) => name === 'Tombstone').length
  agent.lead()
  await agent.clock.advance(2 * tombstoneBinMs)
  agent.kv('set', 'a')
  agent.kv('delete', 'a')
  await agent.clock.advance(tombstoneTtlMs)
  // What there was when it began to lead is due by now.
  expect([graves(), reaped()]).toEqual([1, 1])
  await agent.clock.advance(2 * tombstoneBinMs)
  expect([graves(), reaped()]).toEqual([0, 2])
  await agent.clock.advance(2 * tombstoneTtlMs)
  expect(reaped()).toBe(2)
})
