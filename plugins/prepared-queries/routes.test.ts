import { describe, expect, test } from 'vitest'
import { RemoteError } from '../../src/rpc/errors.ts'
import { Store } from '../../src/store/store.ts'
import { askRoute } from '../../src/testing/ask-route.ts'
import { LocalRpc } from '../../src/testing/local-rpc.ts'
import { seededRandom } from '../../src/testing/seeded-random.ts'
import {
  type PreparedQuery,
  PreparedQueryExecuteResponse,
  type PreparedQueryRequest,
} from '../../src/wire/structs/prepared-query.ts'
import type { HttpMethod, LiveReply, PlainReply, Reply } from '../http-api/contract.ts'
import type { Rpc } from '../rpc/contract.ts'
import { applyPreparedQuery } from './commands.ts'
import { queryZone } from './dns.ts'
import type { Execution, Executor } from './executor.ts'
import { queryRoutes } from './routes.ts'
import { addQueryMethods, queryGet } from './rpc.ts'
import { preparedQueries } from './tables.ts'

const unknownId = '8f246b77-f3e1-ff88-5b48-8ec93abf3e05'

/** The routes of a server on its own, whose executor answers no instances and notes what it was asked. */
function newApi(change: (rpc: Rpc) => Rpc = (rpc) => rpc) {
  const store = new Store([preparedQueries])
  const executions: Execution[] = []
  const executor = {
    async anywhere({ Service, DNS }: PreparedQuery, execution: Execution) {
      executions.push(execution)
      return { ...PreparedQueryExecuteResponse.zero(), Service: Service.Service, DNS, Datacenter: 'dc1' }
    },
  } as unknown as Executor
  const consensus = {
    propose: async (_name: string, request: PreparedQueryRequest) =>
      store.transact(store.index + 1, (tx) => applyPreparedQuery(tx, request, undefined)),
    leader: () => ({ id: 'a', address: 'b' }),
    lastContactMs: () => 3,
  } as never
  const local = new LocalRpc(store, (methods) =>
    addQueryMethods(methods, { store, consensus, random: seededRandom(1), executor }),
  )
  const rpc = change(local)
  const routes = queryRoutes({ rpc, datacenter: 'dc1', nodeName: 'node-a' })
  const ask = async (method: HttpMethod, target: string, body?: unknown): Promise<Reply> =>
    askRoute(routes, method, target, { body })
  return { ask, executions, rpc, store }
}

async function created(api: ReturnType<typeof newApi>, query: object): Promise<string> {
  const reply = (await api.ask('POST', '/v1/query', query)) as PlainReply
  return (JSON.parse(String(reply.body)) as { ID: string }).ID
}

const web = { Name: 'web', Service: { Service: 'web' } }

describe('a prepared query', () => {
  test('is created, read, replaced and removed', async () => {
    const api = newApi()
    const id = await created(api, web)
    const read = (await api.ask('GET', `/v1/query/${id}`)) as LiveReply
    expect(JSON.parse(String(read.query.current().bytes))).toMatchObject([{ ID: id, Name: 'web' }])
    await api.ask('PUT', `/v1/query/${id}`, { ...web, Name: 'db' })
    const all = (await api.ask('GET', '/v1/query')) as LiveReply
    expect(JSON.parse(String(all.query.current().bytes))).toMatchObject([{ ID: id, Name: 'db' }])
    expect(await api.ask('DELETE', `/v1/query/${id}`)).toMatchObject({ status: 200, body: '' })
    expect(await api.ask('GET', `/v1/query/${id}`)).toMatchObject({ status: 404, body: 'Query not found' })
  })

  test('needs a body to be created', async () => {
    await expect(newApi().ask('POST', '/v1/query')).rejects.toThrow('Request decode failed: EOF')
  })

  test('is carried out for whoever asks, with the headers of a read', async () => {
    const api = newApi()
    await created(api, web)
    const reply = (await api.ask('GET', '/v1/query/web/execute?limit=2&connect=true')) as PlainReply
    expect(reply.headers).toEqual({
      'X-Consul-Index': '1',
      'X-Consul-KnownLeader': 'true',
      'X-Consul-LastContact': '3',
      'X-Consul-Query-Backend': 'blocking-query',
      'X-Consul-Effective-Consistency': 'leader',
    })
    expect(JSON.parse(String(reply.body))).toMatchObject({ Service: 'web', Nodes: [], ConsistencyLevel: 'leader' })
    expect(api.executions).toEqual([
      {
        limit: 2,
        connect: true,
        source: { Datacenter: 'dc1', Segment: '', Node: '', Ip: '192.0.2.9' },
        agentNode: 'node-a',
      },
    ])
  })

  test.for([
    ['limit=x', 'Bad limit: strconv.Atoi: parsing "x": invalid syntax'],
    ['limit=99999999999999999999', 'Bad limit: strconv.Atoi: parsing "99999999999999999999": value out of range'],
    ['connect=yes', `Error parsing 'connect' value: strconv.ParseBool: parsing "yes": invalid syntax`],
  ])('is not carried out with %s', async ([query, sentence]) => {
    await expect(newApi().ask('GET', `/v1/query/web/execute?${query}`)).rejects.toThrow(sentence)
  })

  test('may have a name with slashes', async () => {
    const api = newApi()
    await created(api, { ...web, Name: 'a/b' })
    expect(await api.ask('GET', '/v1/query/a/b/explain')).toMatchObject({ status: 200 })
  })

  test('that is not there is not found, and an id that is none is refused with the headers of a read', async () => {
    const api = newApi()
    for (const target of [unknownId, `${unknownId}/execute`, 'none/execute', 'none/explain']) {
      expect(await api.ask('GET', `/v1/query/${target}`)).toMatchObject({ status: 404, body: 'Query not found' })
    }
    const refused = await api.ask('GET', '/v1/query/no-uuid')
    expect(refused).toMatchObject({ kind: 'failedRead', error: { status: 500 } })
  })

  test('of another datacenter cannot be had without a way there', async () => {
    const api = newApi()
    expect(await api.ask('GET', '/v1/query/web/execute?dc=dc9')).toMatchObject({ kind: 'failedRead' })
  })
})

describe('through another server', () => {
  test('a query that is not there is an error between agents, and not found to clients', async () => {
    expect(() => queryGet.toReply([], unknownId)).toThrow('Query not found')
    const lost = async () => {
      throw new RemoteError('Query not found')
    }
    const api = newApi((rpc) => ({
      ...rpc,
      read: (method, asked) => ({ ...rpc.read(method, asked), fetch: lost, wait: lost }),
      place: () => 'away',
      call: lost,
      serve: () => {},
    }))
    const reply = (await api.ask('GET', `/v1/query/${unknownId}`)) as LiveReply
    const { answer } = await reply.remote!.fetch({ consistency: 'default', datacenter: 'dc1' })
    expect(reply.render!(answer.value, () => answer.bytes)).toMatchObject({ status: 404, bare: true })
    expect(await api.ask('GET', '/v1/query/none/execute')).toMatchObject({
      status: 404,
      body: 'rpc error making call: Query not found',
    })
  })
})

describe('the DNS name of a query', () => {
  test('is answered by whoever can carry it out', async () => {
    const api = newApi()
    await created(api, { ...web, Name: 'with.dots', DNS: { TTL: '90s' } })
    const catalog = { dnsInstances: () => [{ address: '192.0.2.1' }] } as never
    const zone = queryZone({ rpc: api.rpc, catalog, datacenter: 'dc1', nodeName: 'node-a' })
    const question = { kind: 'query', datacenter: 'dc1', type: 'A', onlyPassing: false, client: '198.51.100.7' }
    expect(await zone({ ...question, labels: ['with', 'dots'] })).toMatchObject({
      exists: true,
      ordered: true,
      local: true,
      service: 'web',
      ttlSeconds: 90,
    })
    expect(api.executions[0]!.source).toMatchObject({ Datacenter: 'dc1', Ip: '198.51.100.7' })
    expect(await zone({ ...question, labels: ['none'] })).toBeUndefined()
    expect(await zone({ ...question, labels: [] })).toBeUndefined()
    expect(await zone({ ...question, labels: ['with', 'dots'], datacenter: 'dc9' })).toBeUndefined()
  })
})
