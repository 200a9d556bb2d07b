import { describe, expect, test } from 'vitest'
import { Store } from '../../src/store/store.ts'
import { Session } from '../../src/wire/structs/session.ts'
import { LockDelays, lockDelayMaxMs } from './lock-delays.ts'
import { endLocks } from './locks.ts'
import { kvs, tombstones } from './tables.ts'

const ada = 'ADADADAD-0000-4000-8000-000000000001'
const bob = 'b0b0b0b0-0000-4000-8000-000000000002'

/** A store with two keys that ada holds and one that bob holds. */
function heldKeys() {
  const store = new Store([kvs, tombstones])
  const delays = new LockDelays()
  const row = { LockIndex: 3, Flags: 4, Value: 'v' }
  store.transact(5, (tx) => {
    tx.table(kvs).put({ ...row, Key: 'a/1', Session: ada })
    tx.table(kvs).put({ ...row, Key: 'a/2', Session: ada })
    tx.table(kvs).put({ ...row, Key: 'b', Session: bob })
    tx.table(kvs).put({ ...row, Key: 'free', Session: '' })
    tx.setTableIndex('kvs')
  })
  const end = (index: number, session: Partial<Session>) =>
    store.transact(index, (tx) => endLocks(tx, { ...Session.zero(), ID: ada.toLowerCase(), ...session }, delays))
  const keys = () =>
    store.latest
      .table(kvs)
      .list()
      .map(({ Key }) => Key)
  const indexes = () => Object.fromEntries(store.latest.tableIndexes().map(({ Key, Value }) => [Key, Value]))
  return { store, delays, end, keys, indexes }
}

describe('the locks of a session that ends', () => {
  test('are released, and the keys keep everything else', () => {
    const { store, end, indexes } = heldKeys()
    end(9, { Behavior: 'release' })
    const table = store.latest.table(kvs)
    expect(table.get('a/1')).toEqual({
      LockIndex: 3,
      Key: 'a/1',
      Flags: 4,
      Value: 'v',
      Session: '',
      CreateIndex: 5,
      ModifyIndex: 9,
    })
    expect(table.get('a/2')).toMatchObject({ Session: '', ModifyIndex: 9 })
    expect(table.get('b')).toMatchObject({ Session: bob, ModifyIndex: 5 })
    expect(table.get('free')).toMatchObject({ ModifyIndex: 5 })
    expect(indexes()).toEqual({ kvs: 9 })
  })

  test('go with their keys where the session says so, and leave tombstones', () => {
    const { store, end, keys, indexes } = heldKeys()
    end(9, { Behavior: 'delete' })
    expect(keys()).toEqual(['b', 'free'])
    expect(store.latest.table(tombstones).list()).toMatchObject([
      { Key: 'a/1', ModifyIndex: 9 },
      { Key: 'a/2', ModifyIndex: 9 },
    ])
    expect(indexes()).toEqual({ kvs: 9, tombstones: 9 })
  })

  test('stay where the session was only forgotten', () => {
    const { store, delays, end, indexes } = heldKeys()
    end(9, { Behavior: '', LockDelay: 15e9 })
    delays.committed(9, 0)
    expect(store.latest.table(kvs).get('a/1')).toMatchObject({ Session: ada, ModifyIndex: 5 })
    expect(indexes()).toEqual({ kvs: 5 })
    expect(delays.size).toBe(0)
  })

  test('move no index when there are none', () => {
    const { end, indexes } = heldKeys()
    end(9, { ID: 'c0c0c0c0-0000-4000-8000-000000000003', Behavior: 'delete' })
    expect(indexes()).toEqual({ kvs: 5 })
  })
})

describe('the lock-delay', () => {
  test('keeps every key of the session from being locked while it lasts', () => {
    const { delays, end } = heldKeys()
    end(9, { Behavior: 'delete', LockDelay: 1.5e9 })
    expect(delays.delays('a/1', 1000)).toBe(false)
    delays.committed(9, 1000)
    expect(delays.delays('a/1', 2499)).toBe(true)
    expect(delays.delays('a/2', 2499)).toBe(true)
    expect(delays.delays('b', 2499)).toBe(false)
    expect(delays.delays('a/1', 2500)).toBe(false)
  })

  test('is a minute at most, and none when the session asks for none', () => {
    const { delays, end } = heldKeys()
    end(9, { Behavior: 'release', LockDelay: 3600e9 })
    end(10, { ID: bob, Behavior: 'release', LockDelay: 0 })
    end(11, { ID: bob, Behavior: 'release', LockDelay: -5e9 })
    delays.committed(11, 0)
    expect(delays.size).toBe(0)
    const again = heldKeys()
    again.end(9, { Behavior: 'release', LockDelay: 3600e9 })
    again.delays.committed(9, 0)
    expect(again.delays.delays('a/1', lockDelayMaxMs - 1)).toBe(true)
    expect(again.delays.delays('a/1', lockDelayMaxMs)).toBe(false)
  })

  test('of a transaction that was rolled back does not count', () => {
    const { store, delays } = heldKeys()
    const rolledBack = () =>
      store.transact(9, (tx) => {
        endLocks(tx, { ...Session.zero(), ID: ada, Behavior: 'release', LockDelay: 15e9 }, delays)
        throw new Error('refused')
      })
    expect(rolledBack).toThrow('refused')
    store.transact(10, (tx) => tx.setTableIndex('kvs'))
    delays.committed(10, 0)
    expect(delays.delays('a/1', 1)).toBe(false)
  })

  test('is forgotten some time after it is over', () => {
    const { store, delays } = heldKeys()
    for (let round = 0; round < 10; round++) {
      store.transact(10 + round, (tx) => delays.note(tx, `key ${round}`, 1e9))
      delays.committed(10 + round, round * lockDelayMaxMs)
    }
    expect(delays.size).toBe(1)
  })
})
