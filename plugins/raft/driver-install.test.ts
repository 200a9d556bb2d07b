import { expect, test } from 'vitest'
import { VirtualClock } from '../../src/testing/virtual-clock.ts'
import { encodeConfiguration } from './core/configuration.ts'
import { type Entry, entryType, type Message } from './core/messages.ts'
import { ListMachine, startDriver, until } from './driver.fixture.ts'
import type { StoredSnapshot } from './storage/log-store.ts'
import { MemoryLogStore } from './storage/memory.ts'

const servers = ['a', 'b', 'c'].map((id) => ({ id, address: `${id}:8300`, suffrage: 'voter' as const }))
const configuration = encodeConfiguration(servers)
const between = { from: 'b', to: 'a', term: 2, echo: { prevIndex: 0, upTo: 0, round: 0, sentAtMs: 0 } } as const

/** A store that is slow to say which snapshots it has, when told. */
class SlowStore extends MemoryLogStore {
  gate: Promise<void> | undefined

  override async snapshots(): Promise<StoredSnapshot[]> {
    await this.gate
    return super.snapshots()
  }
}

/** A follower of `b` in term 2. */
async function follower() {
  const clock = new VirtualClock()
  const store = new SlowStore(() => clock.wallMs())
  const started = await startDriver({ clock, store, bootstrap: servers })
  const { driver } = started

  /** A snapshot of the leader's, whole in the store, whose state is one item. */
  const arrives = async (index: number, item: string) => {
    const meta = { index, term: 2, configuration, configurationIndex: 1 }
    const writer = await driver.beginSnapshot(meta)
    const machine = new ListMachine()
    machine.items = [item]
    for (const record of machine.snapshot().records) await writer.write(record)
    await writer.commit()
    return { ...between, type: 'install', snapshot: meta } satisfies Message
  }
  return { ...started, store, arrives }
}

function append(prevIndex: number, prevTerm: number, items: readonly string[], commitIndex: number): Message {
  const entries = items.map((item, at): Entry => {
    const data = Buffer.from(item)
    return { index: prevIndex + 1 + at, term: 2, type: entryType.command, data, extensions: null, appendedAtMs: 0 }
  })
  return { ...between, type: 'append', prevIndex, prevTerm, entries, commitIndex }
}

test('a snapshot that a still newer one pushed out is passed over', async () => {
  const { driver, store, machine, told, arrives } = await follower()
  const first = await arrives(10, 'ten')
  const { promise, resolve } = Promise.withResolvers<void>()
  store.gate = promise
  driver.receive(first)
  await new Promise((turn) => setImmediate(turn))
  const second = await arrives(20, 'twenty')
  await store.keepSnapshots(1)
  driver.receive(second)
  resolve()
  await until(() => driver.appliedIndex === 20)
  expect(machine.items).toEqual(['twenty'])
  expect(told.filter((word) => word.startsWith('fatal'))).toEqual([])
  await driver.stop()
})

test('no snapshot of our own begins while one of the leader’s replaces the state', async () => {
  const { driver, store, machine, told, arrives } = await follower()
  driver.receive(append(1, 1, ['x', 'y'], 3))
  await until(() => driver.appliedIndex === 3)
  const install = await arrives(10, 'ten')
  const { promise, resolve } = Promise.withResolvers<void>()
  store.gate = promise
  driver.receive(install)
  await until(() => driver.core.installing)
  expect(await driver.takeSnapshot()).toBe(0)
  resolve()
  await until(() => driver.appliedIndex === 10)
  expect((await store.snapshots()).map(({ index }) => index)).toEqual([10])
  expect(driver.core.configuration.servers).toEqual(servers)
  expect(machine.items).toEqual(['ten'])
  driver.receive(append(10, 2, ['z'], 11))
  await until(() => driver.appliedIndex === 11)
  expect(await driver.takeSnapshot()).toBe(11)
  expect(told.filter((word) => word.startsWith('fatal'))).toEqual([])
  await driver.stop()
})

test('a message that no leader can send is refused, and the server goes on', async () => {
  const { driver, told } = await follower()
  driver.receive(append(1, 1, ['x'], 2))
  await until(() => driver.appliedIndex === 2)
  const forged = { ...append(1, 1, [], 0), from: 'c' } as Message
  expect(driver.receive(forged)).toBe('c claims to lead term 2, which b leads')
  expect(driver.receive(append(2, 2, ['y'], 3))).toBeUndefined()
  await until(() => driver.appliedIndex === 3)
  expect(told.filter((word) => word.startsWith('fatal'))).toEqual([])
  await driver.stop()
})
