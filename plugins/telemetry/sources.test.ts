import { expect, test } from 'vitest'
import { Guard } from '../../src/kernel/guard.ts'
import { createHooks } from '../../src/kernel/hooks.ts'
import { Store } from '../../src/store/store.ts'
import { defineTable } from '../../src/store/table.ts'
import { VirtualClock } from '../../src/testing/virtual-clock.ts'
import type { Members } from '../gossip/contract.ts'
import type { Consensus, Role } from '../raft/contract.ts'
import { displayInterval } from './display.ts'
import { MetricRegistry } from './registry.ts'
import { connectSources } from './sources.ts'

const kvs = defineTable({
  name: 'kvs',
  key: (row: { readonly Key: string; readonly CreateIndex: number; readonly ModifyIndex: number }) => row.Key,
})

function connected() {
  const registry = new MetricRegistry(new VirtualClock())
  const guard = new Guard(() => {})
  guard.admit('telemetry')
  const hooks = createHooks(guard)
  const store = new Store([kvs])
  const consensus = { role: 'follower' as Role, appliedIndex: 7 }
  const traffic = { packetBytesIn: 100, packetBytesOut: 0, dropped: 3 }
  const members = {
    list: () => [{ tags: { role: 'consul' } }, { tags: { role: 'node' } }],
    traffic: (wan: boolean) => (wan ? undefined : traffic),
  } as unknown as Members
  const clientCalls = { tried: 5, exceeded: 2, failed: 0 }
  connectSources({
    metrics: registry,
    hooks,
    datacenter: 'dc1',
    store,
    consensus: consensus as unknown as Consensus,
    members,
    rpc: { clientCalls },
  })
  const figures = () => {
    registry.readGauges()
    const { Gauges, Counters } = displayInterval(registry.interval(), { prefix: '', hostname: '' })
    return Object.fromEntries([...Gauges.map((it) => [it.Name, it.Value]), ...Counters.map((it) => [it.Name, it.Sum])])
  }
  return { hooks, store, consensus, traffic, clientCalls, figures }
}

test('the tables, the members and the process show as gauges', () => {
  const { store, figures } = connected()
  store.transact(1, (tx) => tx.table(kvs).put({ Key: 'a' }))
  expect(figures()).toMatchObject({
    'state.kv_entries': 1,
    'members.servers': 1,
    'members.clients': 1,
    'proconsul.live_queries.entries': 0,
    'raft.applied_index': 7,
    'runtime.alloc_bytes': expect.any(Number),
  })
})

test('each look adds what gossip sent and received since the one before', () => {
  const { traffic, figures } = connected()
  expect(figures()).toMatchObject({ 'memberlist.udp.received': 100, 'proconsul.gossip.dropped': 3 })
  traffic.packetBytesIn = 150
  expect(figures()).toMatchObject({ 'memberlist.udp.received': 150, 'proconsul.gossip.dropped': 3 })
})

test('entries count from when the agent leads', () => {
  const { consensus, figures } = connected()
  expect(figures()).not.toHaveProperty('raft.apply')
  consensus.role = 'leader'
  consensus.appliedIndex = 20
  expect(figures()).not.toHaveProperty('raft.apply')
  consensus.appliedIndex = 25
  expect(figures()).toMatchObject({ 'raft.apply': 5 })
  consensus.appliedIndex = 26
  expect(figures()).toMatchObject({ 'raft.apply': 6 })
})

test('changes of role, of members and faults are counted', () => {
  const { hooks, figures } = connected()
  const { signal } = new AbortController()
  hooks.leadership.call({ role: 'leader', leader: undefined, term: 1, signal })
  hooks.member.call({ kind: 'leave', member: {} as never })
  hooks.fault.call({ plugin: 'kv', where: 'x', error: new Error('x') })
  expect(figures()).toMatchObject({ 'raft.state.leader': 1, 'serf.member.left': 1, 'proconsul.faults': 1 })
})

test('each look adds the calls to servers since the one before', () => {
  const { clientCalls, figures } = connected()
  expect(figures()).toMatchObject({ 'client.rpc': 5, 'client.rpc.exceeded': 2 })
  clientCalls.tried += 3
  clientCalls.failed++
  const next = figures()
  expect(next).toMatchObject({ 'client.rpc': 8, 'client.rpc.exceeded': 2, 'client.rpc.failed': 1 })
})
