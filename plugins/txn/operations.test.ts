import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { TxnOp } from '../../src/wire/structs/txn.ts'
import { lateKey, operations, parse, session, TestTxn } from './txn.suite.ts'

const value = Buffer.from('v').toString('base64')
const kv = (Verb: string, Key: string, more: object = {}) => ({ KV: { Verb, Key, ...more } })
const node = (Verb: string, more: object = {}) => ({
  Node: { Verb, Node: { Node: 'n1', Address: '192.0.2.1', ...more } },
})
const service = (Verb: string, more: object = {}) => ({
  Service: { Verb, Node: 'n1', Service: { ID: 'w', Service: 'web', ...more } },
})
const check = (Verb: string, more: object = {}) => ({
  Check: { Verb, Check: { Node: 'n1', CheckID: 'c', Name: 'c', ...more } },
})

describe('keys', () => {
  test('that are written show without their value, those that are read with it', () => {
    const txn = new TestTxn()
    const written = { Key: 'a', CreateIndex: 4, ModifyIndex: 4, Flags: 7, Session: '' }
    expect(txn.run(4, [kv('set', 'a', { Value: value, Flags: 7 }), kv('get', 'a'), kv('get-tree', '')])).toEqual({
      2: 'Must provide key',
    })
    expect(txn.run(4, [kv('set', 'a', { Value: value, Flags: 7 }), kv('get', 'a'), kv('get-tree', 'a')])).toMatchObject(
      [
        { KV: { ...written, Value: null } },
        { KV: { ...written, Value: Buffer.from('v') } },
        { KV: { ...written, Value: Buffer.from('v') } },
      ],
    )
    expect(txn.run(5, [kv('delete', 'a'), kv('check-not-exists', 'a'), kv('delete-tree', '')])).toEqual([])
  })

  test.for([
    ['get', 'none', {}, `key "none" doesn't exist`],
    ['cas', 'a', { Index: 1 }, 'failed to set key "a", index is stale'],
    ['delete-cas', 'a', { Index: 1 }, 'failed to delete key "a", index is stale'],
    ['lock', 'held', { Session: 'x' }, 'failed session lookup: index error: UUID must be 36 characters'],
    ['lock', 'held', {}, 'missing session'],
    ['lock', lateKey, { Session: session }, 'failed to lock key "late" due to lock delay'],
    ['unlock', 'a', { Session: session }, `failed to unlock key "a", lock isn't held, or is held by another session`],
    ['check-session', 'none', {}, `failed to check session, key "none" doesn't exist`],
    [
      'check-session',
      'held',
      { Session: 'x' },
      `failed session check for key "held", current session "${session}" != "x"`,
    ],
    ['check-index', 'none', {}, `failed to check index, key "none" doesn't exist`],
    ['check-index', 'a', { Index: 9 }, 'failed index check for key "a", current modify index 2 != 9'],
    ['check-not-exists', 'a', {}, 'key "a" exists'],
    ['get', '', {}, 'Must provide key'],
    ['GET', 'ä"', {}, 'unknown KV verb "GET"'],
    ['get', 'ä"', {}, `key "ä\\"" doesn't exist`],
    ['constructor', 'a', {}, 'unknown KV verb "constructor"'],
  ] as const)('%s of "%s" is refused in words that clients know', ([verb, key, more, text]) => {
    const txn = new TestTxn()
    txn.run(2, [kv('set', 'a'), kv('lock', 'held', { Session: session })])
    expect(txn.run(3, [kv('get', 'a'), kv(verb, key, more)])).toEqual({ 1: text })
  })

  test('are locked and freed', () => {
    const txn = new TestTxn()
    expect(txn.run(1, [kv('lock', 'a', { Session: session, Value: value })])).toMatchObject([
      { KV: { LockIndex: 1, Session: session, Value: null } },
    ])
    expect(txn.run(2, [kv('unlock', 'a', { Session: session })])).toMatchObject([{ KV: { LockIndex: 1, Session: '' } }])
  })
})

describe('nodes, services and checks', () => {
  test('are written and read in one transaction', () => {
    const txn = new TestTxn()
    const Weights = { Passing: 1, Warning: 1 }
    expect(txn.run(3, [node('set'), service('set', { ID: '' }), check('cas')])).toMatchObject([
      { Node: { Node: 'n1', Datacenter: 'dc1', CreateIndex: 3, ModifyIndex: 3 } },
      { Service: { ID: 'web', Service: 'web', Weights, ModifyIndex: 3 } },
      { Check: { CheckID: 'c', Status: 'critical', ModifyIndex: 3 } },
    ])
    const reads = [node('get'), service('get', { ID: 'WEB' }), check('get')]
    expect(txn.read(reads)).toEqual(txn.run(4, reads))
  })

  test('are shown by id when a node has one', () => {
    const txn = new TestTxn()
    const ID = 'adf4238a-882b-9ddc-4a9d-5b6758e4159e'
    expect(txn.run(1, [node('set', { ID })])).toMatchObject([{ Node: { ID } }])
    expect(txn.read([{ Node: { Verb: 'get', Node: { ID } } }])).toMatchObject([{ Node: { Node: 'n1' } }])
  })

  test.for([
    [node('get', { Node: 'x' }), `node "x" doesn't exist`],
    [node('cas', { ModifyIndex: 9 }), 'failed to set node "n1", index is stale'],
    [node('cas'), 'failed to set node "n1", index is stale'],
    [node('delete-cas', { ModifyIndex: 9 }), 'failed to delete node "n1", index is stale'],
    [node('delete-cas', { Node: 'x' }), 'failed to delete node "x", index is stale'],
    [node('set', { Node: '' }), 'Must provide node'],
    [node('set', { ID: 'x' }), 'Bad node ID: uuid string is wrong length'],
    [node('GET'), 'unknown Node verb "GET"'],
    [service('get', { ID: 'x' }), `service "x" on node "n1" doesn't exist`],
    [service('cas'), 'failed to set service "w" on node "n1", index is stale'],
    [service('delete-cas', { ModifyIndex: 9 }), 'failed to delete service "w" on node "n1", index is stale'],
    [service('delete', { Service: '' }), 'Must provide service name with ID'],
    [service('frob'), 'unknown Service verb "frob"'],
    [{ Service: { Verb: 'set', Node: 'x', Service: { Service: 'y' } } }, 'Missing node registration'],
    [check('get', { CheckID: 'x' }), `check "x" on node "n1" doesn't exist`],
    [check('cas', { ModifyIndex: 1 }), 'failed to set check "c" on node "n1", index is stale'],
    [check('delete-cas'), 'failed to delete check "c" on node "n1", index is stale'],
    [check('frob'), 'unknown Check verb "frob"'],
    [check('set', { ServiceID: 'x' }), 'Missing service registration'],
  ])('%j is refused with "%s"', ([op, text]) => {
    const txn = new TestTxn()
    txn.run(2, [node('set'), service('set'), check('set')])
    const before = txn.content()
    expect(txn.run(3, [kv('set', 'a'), op])).toEqual({ 1: text })
    expect(txn.content()).toEqual(before)
  })

  test('go when the index is right', () => {
    const txn = new TestTxn()
    txn.run(2, [node('set'), service('set'), check('set')])
    const ModifyIndex = 2
    const all = [check('delete-cas', { ModifyIndex }), service('delete-cas', { ModifyIndex }), node('delete')]
    expect(txn.run(3, all)).toEqual([])
    expect(txn.store.latest.tableIndex('nodes')).toBe(3)
  })
})

test('what no plugin carries out is refused by its number', () => {
  const txn = new TestTxn()
  const ops = [TxnOp.zero(), { ...TxnOp.zero(), Session: { Verb: 'delete', Session: {} as never } }]
  expect(() => txn.store.transact(1, (tx) => operations.apply(tx, ops))).toThrow(
    expect.objectContaining({
      status: 409,
      errors: [
        { OpIndex: 0, What: 'no operation specified' },
        { OpIndex: 1, What: 'unknown Session verb "delete"' },
      ],
    }),
  )
})

test('a transaction reads when none of its operations writes', () => {
  expect(operations.areReads(parse([kv('get', 'a'), kv('frob', 'a'), node('get')]))).toBe(true)
  expect(operations.areReads(parse([kv('get', 'a'), kv('unlock', 'a')]))).toBe(false)
  expect(operations.areReads(parse([node('frob')]))).toBe(false)
})

describe('any transactions', () => {
  const index = fc.nat(6)
  const key = fc.constantFrom('a', 'a/b', 'b', '')
  const kvVerbs = ['set', 'cas', 'delete', 'delete-cas', 'delete-tree', 'lock', 'unlock', 'get', 'get-tree']
  const checkVerbs = ['check-session', 'check-index', 'check-not-exists', 'frob']
  const rowVerb = fc.constantFrom('set', 'cas', 'delete', 'delete-cas', 'get', 'frob')
  const op = fc.oneof(
    fc
      .record({
        Verb: fc.constantFrom(...kvVerbs, ...checkVerbs),
        Key: key,
        Index: index,
        Session: fc.constantFrom('', session),
        Value: fc.constantFrom(value, ''),
      })
      .map((KV) => ({ KV })),
    fc
      .record({ Verb: rowVerb, name: fc.constantFrom('n1', 'N1', 'n2'), ModifyIndex: index })
      .map(({ Verb, name, ModifyIndex }) => node(Verb, { Node: name, ModifyIndex })),
    fc
      .record({ Verb: rowVerb, ID: fc.constantFrom('w', 'x'), Port: fc.nat(2), ModifyIndex: index })
      .map(({ Verb, ...more }) => service(Verb, more)),
    fc
      .record({ Verb: rowVerb, ServiceID: fc.constantFrom('', 'w'), ModifyIndex: index })
      .map(({ Verb, ...more }) => check(Verb, more)),
  )
  const transactions = fc.array(fc.array(op, { minLength: 1, maxLength: 5 }), { maxLength: 12 })

  test('leave every server with the same state, and one that fails with what it was', () => {
    fc.assert(
      fc.property(transactions, (bodies) => {
        const one = new TestTxn()
        const two = new TestTxn()
        for (const [at, body] of bodies.entries()) {
          const before = one.content()
          const told = one.run(at + 1, body)
          expect(two.run(at + 1, body)).toEqual(told)
          if (!Array.isArray(told)) expect(one.content()).toEqual(before)
        }
        expect(two.content()).toEqual(one.content())
      }),
      { numRuns: 200 },
    )
  })
})
