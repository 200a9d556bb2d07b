import { describe, expect, test } from 'vitest'
import { askRoute } from '../../src/testing/ask-route.ts'
import { LocalRpc } from '../../src/testing/local-rpc.ts'
import { VirtualClock } from '../../src/testing/virtual-clock.ts'
import type { HttpMethod, Reply } from '../http-api/contract.ts'
import { TestCatalog } from './catalog.fixture.ts'
import { catalogRoutes } from './catalog-routes.ts'
import { CatalogService } from './catalog-service.ts'
import { applyDeregister, applyRegister } from './commands.ts'
import { healthRoutes } from './health-routes.ts'
import { healthReads } from './health-rpc.ts'
import { Nearness } from './near.ts'
import { addCatalogMethods, catalogReads } from './rpc.ts'

function newApi() {
  const catalog = new TestCatalog()
  const { store } = catalog
  const consensus = {
    async propose(name: string, request: never) {
      const apply: (tx: never, request: never) => null = name === 'Register' ? applyRegister : applyDeregister
      return store.transact(store.index + 1, (tx) => apply(tx as never, request))
    },
  } as never
  const nearness = new Nearness(() => undefined)
  const rpc = new LocalRpc(store, (methods) => addCatalogMethods(methods, { consensus, datacenters: () => ['dc1'] }))
  const reads = catalogReads(nearness)
  const health = healthReads(nearness)
  const service = new CatalogService({ store, rpc, reads, health, datacenter: 'dc1', clock: new VirtualClock() })
  const routes = [...catalogRoutes(rpc, service, reads), ...healthRoutes(rpc, health)]
  const ask = async (method: HttpMethod, path: string, query = '', body?: unknown): Promise<Reply> =>
    askRoute(routes, method, `${path}?${query}`, { body })
  return { catalog, ask }
}

function shown(reply: Reply): unknown {
  if (reply.kind !== 'live') throw new Error(`a ${reply.kind} reply instead of a live one`)
  return JSON.parse(reply.query.current().bytes.toString())
}

describe('registering over HTTP', () => {
  test('fills in this datacenter, whatever the letter case of the one that is named', async () => {
    const { catalog, ask } = newApi()
    const body = { Node: 'a', Address: '192.0.2.1' }
    expect(await ask('PUT', '/v1/catalog/register', '', body)).toMatchObject({ status: 200, body: 'true' })
    expect(await ask('PUT', '/v1/catalog/register', '', { ...body, Datacenter: 'DC1' })).toMatchObject({ body: 'true' })
    expect(catalog.node('a')).toMatchObject({ Datacenter: 'dc1', ModifyIndex: 1 })
    expect(await ask('PUT', '/v1/catalog/deregister', '', { Node: 'a' })).toMatchObject({ body: 'true' })
    expect(catalog.node('a')).toBeUndefined()
  })

  test.for([
    ['register', undefined, 400, 'Request decode failed: EOF'],
    ['register', { Node: 5 }, 400, 'Request decode failed: field "Node" must be a string, not a number'],
    ['register', { Datacenter: 'dc9', Node: 'a', Address: 'x' }, 500, 'No path to datacenter'],
    ['register', {}, 500, 'Must provide node'],
    ['deregister', { ServiceID: 'x' }, 500, 'Must provide node'],
    ['deregister', undefined, 400, 'Request decode failed: EOF'],
  ] as const)('%s with %j is refused with %i', async ([what, body, status, message]) => {
    const { catalog, ask } = newApi()
    await expect(ask('PUT', `/v1/catalog/${what}`, '', body)).rejects.toMatchObject({ status, message })
    expect(catalog.content().flat()).toEqual([])
  })
})

describe('reading over HTTP', () => {
  test.for([
    ['/v1/catalog/service/', 'Missing service name'],
    ['/v1/catalog/connect/', 'Missing service name'],
    ['/v1/catalog/node/', 'Missing node name'],
    ['/v1/catalog/node-services/', 'Missing node name'],
    ['/v1/catalog/gateway-services/', 'Missing gateway name'],
    ['/v1/health/node/', 'Missing node name'],
    ['/v1/health/checks/', 'Missing service name'],
    ['/v1/health/state/', 'Missing check state'],
    ['/v1/health/service/', 'Missing service name'],
    ['/v1/health/connect/', 'Missing service name'],
    ['/v1/health/ingress/', 'Missing service name'],
  ])('%s is refused: %s', async ([path, message]) => {
    const { ask } = newApi()
    await expect(ask('GET', path!)).rejects.toMatchObject({ status: 400, message })
  })

  test('a bad filter is a failed read of the catalog, and a plain error of service health', async () => {
    const { ask } = newApi()
    const message = 'Failed to create boolean expression evaluator: Selector "Nope" is not valid'
    for (const path of ['nodes', 'service/web', 'connect/web', 'node/a', 'node-services/a']) {
      const reply = await ask('GET', `/v1/catalog/${path}`, 'filter=Nope==1')
      expect(reply, path).toMatchObject({ kind: 'failedRead', error: { status: 500, message } })
    }
    expect(await ask('GET', '/v1/health/state/any', 'filter=Nope==1')).toMatchObject({ kind: 'failedRead' })
    await expect(ask('GET', '/v1/health/service/web', 'filter=Nope==1')).rejects.toMatchObject({ message })
  })

  test('a filter narrows what is shown', async () => {
    const { catalog, ask } = newApi()
    catalog.register(1, {
      Node: 'a',
      Service: { Service: 'web', Port: 80 },
      Check: { CheckID: 'c', Status: 'passing' },
    })
    catalog.register(2, { Node: 'b', Service: { Service: 'web', Port: 81 } })
    expect(shown(await ask('GET', '/v1/catalog/nodes', 'filter=Node==b'))).toMatchObject([{ Node: 'b' }])
    expect(shown(await ask('GET', '/v1/catalog/service/web', 'filter=ServicePort==80'))).toMatchObject([{ Node: 'a' }])
    expect(shown(await ask('GET', '/v1/catalog/node/a', 'filter=Port==81'))).toMatchObject({ Services: {} })
    expect(shown(await ask('GET', '/v1/health/service/web', 'filter=Service.Port==81'))).toMatchObject([
      { Node: { Node: 'b' } },
    ])
    expect(shown(await ask('GET', '/v1/health/node/a', 'filter=Status==critical'))).toEqual([])
  })

  test.for([
    ['', 2],
    ['passing', 1],
    ['passing=true', 1],
    ['passing=0', 2],
  ] as const)('service health with "%s" shows %i', async ([query, count]) => {
    const { catalog, ask } = newApi()
    catalog.register(1, { Node: 'a', Service: { Service: 'web' } })
    catalog.register(2, { Node: 'b', Service: { Service: 'web' }, Check: { CheckID: 'c' } })
    expect(shown(await ask('GET', '/v1/health/service/web', query))).toHaveLength(count)
  })

  test('a value of passing that is no boolean is refused once the answer is there', async () => {
    const { ask } = newApi()
    const reply = await ask('GET', '/v1/health/service/web', 'passing=nope')
    if (reply.kind !== 'live') throw new Error('not a live reply')
    expect(() => reply.render?.([], () => Buffer.alloc(0))).toThrow(
      expect.objectContaining({ status: 400, message: 'Invalid value for ?passing' }),
    )
  })

  test('waiting readers of service health are answered from a stream, unless the answer is sorted', async () => {
    const { ask } = newApi()
    expect(await ask('GET', '/v1/health/service/web')).toMatchObject({ blockingBackend: 'streaming', cacheable: true })
    expect(await ask('GET', '/v1/health/service/web', 'near=_agent')).not.toHaveProperty('blockingBackend')
    expect(await ask('GET', '/v1/health/ingress/web')).not.toHaveProperty('blockingBackend')
  })

  test('there is one datacenter', async () => {
    const { ask } = newApi()
    expect(await ask('GET', '/v1/catalog/datacenters')).toMatchObject({ kind: 'plain', body: '["dc1"]' })
    expect(await ask('GET', '/v1/catalog/datacenters', 'cached')).toMatchObject({ headers: { 'X-Cache': 'MISS' } })
  })
})
