import { describe, expect, test } from 'vitest'
import { Store } from '../../src/store/store.ts'
import { askRoute } from '../../src/testing/ask-route.ts'
import { LocalRpc } from '../../src/testing/local-rpc.ts'
import type { KVSRequest } from '../../src/wire/structs/kv.ts'
import type { HttpMethod, Reply } from '../http-api/contract.ts'
import type { Consensus } from '../raft/contract.ts'
import { applyKvs } from './commands.ts'
import { kvRoutes } from './routes.ts'
import { addKvMethods } from './rpc.ts'
import { kvs, tombstones } from './tables.ts'

function newApi(delayed: readonly string[] = []) {
  const store = new Store([kvs, tombstones])
  const proposed: KVSRequest[] = []
  const consensus = {
    propose: async (_name: string, request: KVSRequest) => {
      proposed.push(request)
      return store.transact(store.index + 1, (tx) => applyKvs(tx, request))
    },
  } as unknown as Consensus
  const rpc = new LocalRpc(store)
  addKvMethods(rpc, { consensus, lockDelayed: (key) => delayed.includes(key) })
  const routes = kvRoutes({ rpc, valueBytesMax: 512 * 1024 })
  const ask = async (method: HttpMethod, key: string, query = '', body = ''): Promise<Reply> =>
    askRoute(routes, method, `/v1/kv/${key}?${query}`, { body })
  return { store, proposed, ask }
}

/** What a live reply would send now. */
function sent(reply: Reply) {
  if (reply.kind !== 'live') throw new Error(`a ${reply.kind} reply instead of a live one`)
  const answer = reply.query.current()
  const { status, type, body, headers } = reply.render!(answer.value, () => answer.bytes)
  return { status, type, body: body.toString(), ...(headers ? { headers } : {}) }
}

describe('a read', () => {
  test('of a key gives a list of one', async () => {
    const { ask } = newApi()
    await ask('PUT', 'a', 'flags=18446744073709551615', 'hello')
    expect(sent(await ask('GET', 'a'))).toEqual({
      status: 200,
      type: 'application/json',
      body: '[{"LockIndex":0,"Key":"a","Flags":18446744073709551615,"Value":"aGVsbG8=","CreateIndex":1,"ModifyIndex":1}]',
    })
  })

  test('of raw bytes keeps browsers from running them', async () => {
    const { ask } = newApi()
    await ask('PUT', 'a', '', '<script>')
    expect(sent(await ask('GET', 'a', 'raw'))).toEqual({
      status: 200,
      type: 'text/plain',
      body: '<script>',
      headers: { 'Content-Security-Policy': 'sandbox', 'X-Content-Type-Options': 'nosniff' },
    })
  })

  test.for(['', 'raw', 'recurse', 'keys'])('with "%s" of what is not there is 404 without a body', async (query) => {
    const { ask } = newApi()
    expect(sent(await ask('GET', 'x', query))).toEqual({ status: 404, type: undefined, body: '' })
  })

  test('of everything needs no key, of one key it does', async () => {
    const { ask } = newApi()
    await ask('PUT', 'a', '', 'x')
    expect(sent(await ask('GET', '', 'keys&recurse')).body).toBe('["a"]')
    await expect(ask('GET', '')).rejects.toThrow('Missing key name')
  })
})

describe('a write', () => {
  test('answers whether its condition held', async () => {
    const { ask } = newApi()
    expect(await ask('PUT', 'a', 'cas=0', 'x')).toMatchObject({ status: 200, body: 'true' })
    expect(await ask('PUT', 'a', 'cas=0', 'y')).toMatchObject({ status: 200, body: 'false' })
    expect(await ask('DELETE', 'a', 'cas=9')).toMatchObject({ body: 'false' })
    expect(await ask('DELETE', 'a', 'cas=18446744073709551615')).toMatchObject({ body: 'false' })
    expect(await ask('DELETE', 'a')).toMatchObject({ body: 'true' })
    expect(await ask('DELETE', 'a', 'recurse')).toMatchObject({ body: 'true' })
  })

  test('without a body proposes nil, as Consul does', async () => {
    const { ask, proposed } = newApi()
    await ask('PUT', 'a')
    expect(proposed[0]).toMatchObject({ Op: 'set', Datacenter: 'dc1', DirEnt: { Key: 'a', Value: null } })
  })

  test.for([
    ['PUT', 'cas=1&acquire=foo', 400, 'Conflicting flags: acquire=foo&cas=1'],
    ['PUT', 'release=b%20c&acquire=a!&x', 400, 'Conflicting flags: acquire=a%21&release=b+c&x='],
    ['DELETE', 'recurse&cas=3', 400, 'Conflicting flags: cas=3&recurse='],
    ['PUT', 'cas=abc', 500, 'strconv.ParseUint: parsing "abc": invalid syntax'],
    ['PUT', 'flags=-1', 500, 'strconv.ParseUint: parsing "-1": invalid syntax'],
    ['PUT', 'flags=', 500, 'strconv.ParseUint: parsing "": invalid syntax'],
    ['PUT', 'flags=18446744073709551616', 500, 'strconv.ParseUint: parsing "18446744073709551616": value out of range'],
    ['PUT', 'acquire=', 500, 'raft apply failed: missing session'],
    [
      'PUT',
      'acquire=adf4238a-882b-9ddc-4a9d-5b6758e4159e',
      500,
      'raft apply failed: invalid session "adf4238a-882b-9ddc-4a9d-5b6758e4159e"',
    ],
    ['PUT', 'dc=elsewhere', 500, 'No path to datacenter'],
  ] as const)('%s with "%s" is refused with %i: %s', async ([method, query, status, message]) => {
    const { store, ask } = newApi()
    await expect(ask(method, 'a', query, 'x')).rejects.toMatchObject({ status, message })
    expect(store.latest.table(kvs).list()).toEqual([])
  })

  test('that locks a key during its lock-delay is false, and never logged', async () => {
    const { proposed, ask } = newApi(['a'])
    expect(await ask('PUT', 'a', 'acquire=whatever', 'x')).toMatchObject({ status: 200, body: 'false' })
    expect(proposed).toEqual([])
    expect(await ask('PUT', 'a', '', 'x')).toMatchObject({ body: 'true' })
  })

  test('without a key is refused', async () => {
    const { ask } = newApi()
    await expect(ask('PUT', '', '', 'x')).rejects.toThrow('Missing key name')
    await expect(ask('DELETE', '')).rejects.toThrow('Missing key name')
  })

  test('names its own datacenter in any letter case', async () => {
    const { ask } = newApi()
    expect(await ask('PUT', 'a', 'dc=DC1', 'x')).toMatchObject({ body: 'true' })
  })
})
