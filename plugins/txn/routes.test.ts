import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ProconsulError } from '../../src/kernel/errors.ts'
import { askRoute } from '../../src/testing/ask-route.ts'
import { LocalRpc } from '../../src/testing/local-rpc.ts'
import type { TxnReadRequest } from '../../src/wire/structs/txn.ts'
import type { PlainReply } from '../http-api/contract.ts'
import type { Consensus } from '../raft/contract.ts'
import { txnRoutes } from './routes.ts'
import { addTxnMethods } from './rpc.ts'
import { operations, parse, TestTxn } from './txn.suite.ts'

interface Asked {
  readonly consistency?: 'default' | 'stale' | 'consistent'
  readonly dc?: string
}

/** The route over a server of which `leads` says whether it knows a leader. */
function newApi({ leads = true } = {}) {
  const { store } = new TestTxn()
  const proposed: unknown[] = []
  const read: TxnReadRequest[] = []
  const consensus = {
    propose: async (_name: string, request: { Ops: never }) => {
      proposed.push(request)
      return store.transact(store.index + 1, (tx) => operations.apply(tx, request.Ops))
    },
    leader: () => (leads ? { id: 'x', address: 'y' } : undefined),
    lastContactMs: () => (leads ? 0 : 12.4),
  } as unknown as Consensus
  const rules = { datacenter: 'dc1', valueBytesMax: 1024, bodyBytesMax: 4096 }
  const rpc = new LocalRpc(store, (methods) => addTxnMethods(methods, { store, consensus, operations }))
  const call: typeof rpc.call = (method, request) => {
    if (method.name === 'Txn.Read') read.push(request as never)
    return rpc.call(method, request)
  }
  const routes = txnRoutes({ rpc: { ...rpc, serve: () => {}, call }, operations, ...rules })
  async function ask(body: string, { consistency = 'default', dc = '' }: Asked = {}): Promise<PlainReply> {
    const request = { body, options: { consistency } }
    return (await askRoute(routes, 'PUT', `/v1/txn?dc=${dc}`, request)) as PlainReply
  }
  return { ask, proposed, read }
}

const set = '[{"KV":{"Verb":"set","Key":"a","Value":"dg=="}}]'
const get = '[{"KV":{"Verb":"get","Key":"a"}}]'

describe('a transaction that writes', () => {
  test('goes through the log once, with its results or its errors', async () => {
    const { ask, proposed } = newApi()
    expect(await ask(set)).toMatchObject({
      status: 200,
      body:
        '{"Results":[{"KV":{"LockIndex":0,"Key":"a","Flags":0,"Value":null,"CreateIndex":1,"ModifyIndex":1}}],' +
        '"Errors":null}',
      headers: {},
    })
    expect(await ask('[{"KV":{"Verb":"cas","Key":"a"}}]')).toMatchObject({
      status: 409,
      body: '{"Results":null,"Errors":[{"OpIndex":0,"What":"failed to set key \\"a\\", index is stale"}]}',
    })
    expect(proposed).toHaveLength(2)
  })

  test('is not logged when an operation cannot be right', async () => {
    const { ask, proposed } = newApi()
    expect(await ask('[{"KV":{"Verb":"set","Key":""}}]')).toMatchObject({ status: 409 })
    expect(proposed).toEqual([])
  })

  test('goes to its own datacenter, in any letter case', async () => {
    const { ask } = newApi()
    expect(await ask(set, { dc: 'DC1' })).toMatchObject({ status: 200 })
    await expect(ask(set, { dc: 'dc2' })).rejects.toThrow('No path to datacenter')
  })
})

describe('a transaction that reads', () => {
  test('is not logged, and tells how fresh it is', async () => {
    const { ask, proposed } = newApi()
    await ask(set)
    const meta = '"Index":1,"LastContact":0,"KnownLeader":true,"ConsistencyLevel":"","NotModified":false,"Backend":0}'
    expect(await ask(get)).toMatchObject({
      status: 200,
      body:
        '{"Results":[{"KV":{"LockIndex":0,"Key":"a","Flags":0,"Value":"dg==","CreateIndex":1,"ModifyIndex":1}}],' +
        `"Errors":null,${meta}`,
      headers: { 'X-Consul-KnownLeader': 'true', 'X-Consul-LastContact': '0' },
    })
    expect(await ask('[{}]')).toMatchObject({ status: 200, body: `{"Results":[],"Errors":null,${meta}` })
    expect(proposed).toHaveLength(1)
  })

  test('is answered as fresh as other reads, and says how fresh that is', async () => {
    const { ask, read } = newApi({ leads: false })
    expect(await ask(get, { consistency: 'stale' })).toMatchObject({
      status: 409,
      headers: { 'X-Consul-KnownLeader': 'false', 'X-Consul-LastContact': '12' },
    })
    await ask(get, { consistency: 'consistent' })
    await ask(get)
    expect(read.map(({ AllowStale, RequireConsistent }) => [AllowStale, RequireConsistent])).toEqual([
      [true, false],
      [false, true],
      [false, false],
    ])
    await expect(ask(get, { dc: 'dc2' })).rejects.toThrow('No path to datacenter')
  })
})

describe('a body', () => {
  test.for([
    ['', 400, 'Failed to parse body: EOF'],
    ['not json', 400, `Failed to parse body: invalid character 'o' in literal null (expecting 'u')`],
    ['{"KV":1}', 400, /^Failed to parse body: .+/],
    [
      '[{"KV":{"Verb":"set","Key":"a","Value":"!!!"}}]',
      400,
      'Failed to parse body: illegal base64 data at input byte 0',
    ],
    [`[${Array(65).fill('{}')}]`, 413, 'Transaction contains too many operations (65 > 64)'],
    [
      `[{"KV":{"Verb":"set","Key":"a","Value":"${'AAAA'.repeat(342)}"}}]`,
      413,
      'Value for key "a" is too large (1026 > 1024 bytes)',
    ],
  ] as const)('%s is refused with %i', async ([body, status, message]) => {
    const refusal = typeof message === 'string' ? message : expect.stringMatching(message)
    await expect(newApi().ask(body)).rejects.toMatchObject({ status, message: refusal })
  })

  test('of null holds no operations', async () => {
    expect(await newApi().ask('null')).toMatchObject({ status: 200 })
  })

  test('of any shape is read or refused, and never breaks', () => {
    const names = fc.constantFrom('KV', 'Node', 'Service', 'Check', 'Verb', 'Key', 'Value', 'Index', 'Weights', 'x')
    const { json } = fc.letrec((tie) => ({
      json: fc.oneof(
        { maxDepth: 4 },
        fc.constantFrom(null, true, 1, -1, 1e30, '', 'set', 'dg=='),
        fc.array(tie('json'), { maxLength: 3 }),
        fc.dictionary(names, tie('json'), { maxKeys: 4 }),
      ),
    }))
    fc.assert(
      fc.property(fc.array(json, { maxLength: 3 }), (body) => {
        try {
          parse(body)
        } catch (error) {
          expect(error).toBeInstanceOf(ProconsulError)
        }
      }),
      { numRuns: 500 },
    )
  })
})
