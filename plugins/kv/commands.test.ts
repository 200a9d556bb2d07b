import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Store } from '../../src/store/store.ts'
import type { DirEntry, KVSRequest, KvOp } from '../../src/wire/structs/kv.ts'
import { applyKvs, applyTombstone } from './commands.ts'
import type { SessionLookup } from './contract.ts'
import { KvRefusedError } from './errors.ts'
import { entryRecords, restoreEntry, restoreTombstone, tombstoneRecords } from './snapshot.ts'
import { kvs, tombstones } from './tables.ts'

const ada = 'adadadad-0000-4000-8000-000000000001'
const bob = 'b0b0b0b0-0000-4000-8000-000000000002'
const everybody: SessionLookup = { has: (_tx, id) => id === ada || id === bob }

function request(Op: KvOp, Key: string, value = '', more: Partial<DirEntry> = {}): KVSRequest {
  const Value = value === '' ? null : Buffer.from(value)
  const DirEnt = { LockIndex: 0, Key, Flags: 0, Value, Session: '', CreateIndex: 0, ModifyIndex: 0, ...more }
  return { Datacenter: 'dc1', Op, DirEnt, Token: '' }
}

/** A store whose next command has the next index. */
function newStore(sessions: SessionLookup | undefined = everybody) {
  const store = new Store([kvs, tombstones])
  const at = (index: number, command: KVSRequest) => store.transact(index, (tx) => applyKvs(tx, command, sessions))
  const row = (key: string) => store.latest.table(kvs).get(key)
  const indexes = () => Object.fromEntries(store.latest.tableIndexes().map(({ Key, Value }) => [Key, Value]))
  return { store, at, row, indexes }
}

describe('set', () => {
  test('stores a key, and keeps its CreateIndex when it changes', () => {
    const { at, row, indexes } = newStore()
    expect(at(5, request('set', 'a', 'one', { Flags: 7 }))).toBe(null)
    expect(row('a')).toEqual({
      LockIndex: 0,
      Key: 'a',
      Flags: 7,
      Value: 'one',
      Session: '',
      CreateIndex: 5,
      ModifyIndex: 5,
    })
    at(9, request('set', 'a', 'two'))
    expect(row('a')).toMatchObject({ Value: 'two', Flags: 0, CreateIndex: 5, ModifyIndex: 9 })
    expect(indexes()).toEqual({ kvs: 9 })
  })

  test('of what is there already moves no index', () => {
    const { at, row, indexes } = newStore()
    at(5, request('set', 'a', 'one', { Flags: 2n ** 63n }))
    at(6, request('set', 'a', 'one', { Flags: 2n ** 63n }))
    expect(row('a')?.ModifyIndex).toBe(5)
    expect(indexes()).toEqual({ kvs: 5 })
    at(7, request('set', 'a', 'one', { Flags: 2n ** 63n + 1n }))
    expect(row('a')?.ModifyIndex).toBe(7)
    at(8, request('set', 'a', 'one', { Flags: 2n ** 63n + 1n, LockIndex: 1 }))
    expect(row('a')?.ModifyIndex).toBe(8)
  })

  test('keeps the session of a locked key, whatever the request says', () => {
    const { at, row } = newStore()
    at(1, request('lock', 'a', 'mine', { Session: ada }))
    at(2, request('set', 'a', 'yours', { Session: bob }))
    expect(row('a')).toMatchObject({ Value: 'yours', Session: ada, LockIndex: 0 })
  })

  test('keeps keys and values that are no text as they are', () => {
    const { at, row } = newStore()
    at(1, request('set', '\0\xff', '', { Value: Buffer.of(0, 255, 10) }))
    expect(row('\0\xff')?.Value).toBe('\0\xff\n')
  })
})

describe('cas', () => {
  test('with index 0 creates what is not there', () => {
    const { at } = newStore()
    expect(at(1, request('cas', 'a', 'x'))).toBe(true)
    expect(at(2, request('cas', 'a', 'y'))).toBe(false)
  })

  test('changes a key that is still at the index', () => {
    const { at, row } = newStore()
    at(3, request('set', 'a', 'x'))
    expect(at(4, request('cas', 'a', 'y', { ModifyIndex: 2 }))).toBe(false)
    expect(at(5, request('cas', 'a', 'y', { ModifyIndex: 3 }))).toBe(true)
    expect(row('a')).toMatchObject({ Value: 'y', ModifyIndex: 5 })
    expect(at(6, request('cas', 'gone', 'y', { ModifyIndex: 3 }))).toBe(false)
  })
})

describe('delete', () => {
  test('leaves a tombstone that moves both indexes', () => {
    const { store, at, row, indexes } = newStore()
    at(1, request('set', 'a', 'x'))
    at(2, request('delete', 'a'))
    expect(row('a')).toBeUndefined()
    expect(indexes()).toEqual({ kvs: 2, tombstones: 2 })
    expect(store.latest.table(tombstones).get('a')?.ModifyIndex).toBe(2)
  })

  test('a second time leaves a tombstone as new as one out of a snapshot', () => {
    const { store, at } = newStore()
    at(1, request('set', 'a', 'x'))
    at(2, request('delete', 'a'))
    at(3, request('set', 'a', 'x'))
    at(4, request('delete', 'a'))
    expect(store.latest.table(tombstones).list()).toEqual([{ Key: 'a', CreateIndex: 4, ModifyIndex: 4 }])
  })

  test('of a missing key changes nothing', () => {
    const { at, indexes } = newStore()
    expect(at(1, request('delete', 'a'))).toBe(null)
    expect(indexes()).toEqual({})
  })

  test('with cas holds only at the index, or when the key is gone', () => {
    const { at, row } = newStore()
    at(1, request('set', 'a', 'x'))
    expect(at(2, request('delete-cas', 'a', '', { ModifyIndex: 9 }))).toBe(false)
    expect(row('a')).toBeDefined()
    expect(at(3, request('delete-cas', 'a', '', { ModifyIndex: 1 }))).toBe(true)
    expect(at(4, request('delete-cas', 'a', '', { ModifyIndex: 1 }))).toBe(true)
  })

  test('of a tree takes every key with the prefix and leaves one tombstone', () => {
    const { store, at, indexes } = newStore()
    for (const [at_, key] of ['a/1', 'a/2', 'ab', 'b'].entries()) at(at_ + 1, request('set', key, 'x'))
    at(9, request('delete-tree', 'a/'))
    expect(store.latest.table(kvs).list()).toMatchObject([{ Key: 'ab' }, { Key: 'b' }])
    expect(store.latest.table(tombstones).list()).toMatchObject([{ Key: 'a/', ModifyIndex: 9 }])
    at(10, request('delete-tree', 'a/'))
    expect(indexes()).toEqual({ kvs: 9, tombstones: 9 })
  })

  test('of everything leaves no tombstone', () => {
    const { store, at, indexes } = newStore()
    at(1, request('set', 'a', 'x'))
    at(2, request('delete-tree', ''))
    expect(store.latest.table(tombstones).list()).toEqual([])
    expect(indexes()).toEqual({ kvs: 2 })
  })
})

describe('a lock', () => {
  test('is taken, kept, refused to others and given back', () => {
    const { at, row } = newStore()
    expect(at(1, request('lock', 'a', 'x', { Session: ada }))).toBe(true)
    expect(row('a')).toMatchObject({ LockIndex: 1, Session: ada, Value: 'x' })
    expect(at(2, request('lock', 'a', 'y', { Session: ada }))).toBe(true)
    expect(row('a')).toMatchObject({ LockIndex: 1, Value: 'y', ModifyIndex: 2 })
    expect(at(3, request('lock', 'a', 'z', { Session: bob }))).toBe(false)
    expect(at(4, request('unlock', 'a', 'z', { Session: bob }))).toBe(false)
    expect(at(5, request('unlock', 'a', 'free', { Session: ada }))).toBe(true)
    expect(row('a')).toMatchObject({ LockIndex: 1, Session: '', Value: 'free' })
    expect(at(6, request('lock', 'a', 'z', { Session: bob }))).toBe(true)
    expect(row('a')?.LockIndex).toBe(2)
  })

  test.for([
    ['', 'missing session'],
    ['nonsense', 'failed session lookup: index error: UUID must be 36 characters'],
    ['c0c0c0c0-0000-4000-8000-000000000003', 'invalid session "c0c0c0c0-0000-4000-8000-000000000003"'],
    [
      '--------------------------------0000',
      'failed session lookup: index error: UUID should have maximum of 4 "-"; got 32',
    ],
    [
      'g0c0c0c0-0000-4000-8000-000000000003',
      `failed session lookup: index error: Invalid UUID: encoding/hex: invalid byte: U+0067 'g'`,
    ],
  ])('for the session "%s" is refused', ([session, message]) => {
    const { store, at } = newStore()
    expect(() => at(1, request('lock', 'a', 'x', { Session: session! }))).toThrow(new KvRefusedError(message))
    expect(store.latest.table(kvs).list()).toEqual([])
  })

  test('cannot be taken while nobody keeps sessions', () => {
    const store = new Store([kvs, tombstones])
    expect(() => store.transact(1, (tx) => applyKvs(tx, request('lock', 'a', 'x', { Session: ada })))).toThrow(
      `invalid session "${ada}"`,
    )
  })

  test('keeps counting where a number would lose digits', () => {
    const { store, at, row } = newStore()
    const LockIndex = Number.MAX_SAFE_INTEGER
    at(1, request('set', 'a', 'x', { LockIndex }))
    at(2, request('lock', 'a', 'x', { Session: ada }))
    expect(row('a')?.LockIndex).toBe(2n ** 53n)
    expect([...entryRecords(store.view())]).toHaveLength(1)
  })
})

test('an operation that nobody knows is refused', () => {
  const { at } = newStore()
  expect(() => at(1, request('twist' as KvOp, 'a'))).toThrow("Invalid KVS operation 'twist'")
})

test('reaping removes old tombstones and moves no index', () => {
  const { store, at, indexes } = newStore()
  at(1, request('set', 'a', 'x'))
  at(2, request('set', 'b', 'x'))
  at(3, request('delete', 'a'))
  at(4, request('delete', 'b'))
  store.transact(9, (tx) => applyTombstone(tx, { Datacenter: 'dc1', Op: 'reap', ReapIndex: 3, Token: '' }))
  expect(store.latest.table(tombstones).list()).toMatchObject([{ Key: 'b' }])
  expect(indexes()).toEqual({ kvs: 4, tombstones: 4 })
})

describe('whatever the commands', () => {
  const key = fc.constantFrom('a', 'a/', 'a/b', 'a/b/c', 'b', '\xff')
  const session = fc.constantFrom('', ada, bob, 'nonsense')
  const command = fc.oneof(
    fc.record({
      op: fc.constantFrom<KvOp>('set', 'delete', 'delete-cas', 'delete-tree', 'cas', 'lock', 'unlock'),
      key,
      value: fc.constantFrom('', 'x', 'y'),
      more: fc.record({
        Session: session,
        Flags: fc.constantFrom(0, 1, 2n ** 64n - 1n),
        ModifyIndex: fc.nat(30),
      }),
    }),
    fc.record({ reap: fc.nat(30) }),
  )

  function carryOut(store: Store, index: number, what: typeof command extends fc.Arbitrary<infer T> ? T : never) {
    try {
      return store.transact(index, (tx) =>
        'reap' in what
          ? applyTombstone(tx, { Datacenter: '', Op: 'reap', ReapIndex: what.reap, Token: '' })
          : applyKvs(tx, request(what.op, what.key, what.value, what.more), everybody),
      )
    } catch (error) {
      if (!(error instanceof KvRefusedError)) throw error
      return error.message
    }
  }

  function restored(from: Store): Store {
    const store = from.blank()
    store.transact(from.index, (tx) => {
      for (const record of entryRecords(from.latest)) restoreEntry(tx, record)
      for (const record of tombstoneRecords(from.latest)) restoreTombstone(tx, record)
      for (const { Key, Value } of from.latest.tableIndexes()) tx.setTableIndex(Key, Value)
    })
    return store
  }

  const content = (store: Store) => [
    store.latest.table(kvs).list(),
    store.latest.table(tombstones).list(),
    store.latest.tableIndexes(),
  ]

  test('a server restored from a snapshot on the way ends with the same state', () => {
    fc.assert(
      fc.property(fc.array(command, { maxLength: 30 }), fc.nat(30), (commands, restoreAt) => {
        const one = new Store([kvs, tombstones])
        let two = new Store([kvs, tombstones])
        for (const [at, what] of commands.entries()) {
          if (at === restoreAt) two = restored(two)
          expect(carryOut(two, at + 1, what)).toEqual(carryOut(one, at + 1, what))
        }
        expect(content(two)).toEqual(content(one))
      }),
      { numRuns: 300 },
    )
  })
})
