import { describe, expect, test } from 'vitest'
import { askRoute } from '../../src/testing/ask-route.ts'
import { LocalRpc } from '../../src/testing/local-rpc.ts'
import type { RenderedAnswer, Reply } from '../http-api/contract.ts'
import { TestCatalog } from './catalog.fixture.ts'
import { uiRoutes } from './ui-routes.ts'

function newUi() {
  const catalog = new TestCatalog()
  const routes = uiRoutes(new LocalRpc(catalog.store))
  const ask = async (what: string, query = ''): Promise<Reply> =>
    askRoute(routes, 'GET', `/v1/internal/ui/${what}?${query}`)
  const rendered = async (what: string, query = ''): Promise<RenderedAnswer> => {
    const reply = await ask(what, query)
    if (reply.kind !== 'live') throw new Error(`a ${reply.kind} reply instead of a live one`)
    const { value, bytes } = reply.query.current()
    return reply.render?.(value, () => bytes) ?? { status: 200, type: 'application/json', body: bytes }
  }
  const shown = async (what: string, query = '') => JSON.parse((await rendered(what, query)).body.toString())
  return { catalog, ask, rendered, shown }
}

const web = { ID: 'w', Service: 'web', Port: 80 }
const webProxy = {
  Kind: 'connect-proxy',
  Service: 'web-proxy',
  Port: 20000,
  Proxy: { DestinationServiceName: 'WEB', Upstreams: [{ DestinationName: 'DB', LocalBindPort: 1 }] },
}

describe('nodes', () => {
  test('come with all that is on them, empty lists where there is nothing', async () => {
    const { catalog, shown } = newUi()
    catalog.register(1, { Node: 'b' })
    catalog.register(2, {
      Node: 'a',
      Service: web,
      Checks: [
        { CheckID: 'n', Status: 'passing' },
        { CheckID: 's', ServiceID: 'w' },
      ],
    })
    const [a, b] = await shown('nodes')
    expect(a).toMatchObject({ Node: 'a', Services: [{ ID: 'w' }], Checks: [{ CheckID: 'n' }, { CheckID: 's' }] })
    expect(b).toEqual({
      ID: '',
      Node: 'b',
      Address: '192.0.2.1',
      TaggedAddresses: null,
      Meta: null,
      Services: [],
      Checks: [],
    })
    expect(await shown('nodes', 'filter=web in Services.Service')).toMatchObject([{ Node: 'a' }])
    expect(await shown('nodes', 'filter=Node == b')).toMatchObject([{ Node: 'b' }])
    expect(await shown('node/B')).toEqual(b)
  })

  test('that are not there are answered without the headers of a read', async () => {
    const { catalog, rendered } = newUi()
    catalog.register(1, { Node: 'a', ID: 'aaaaaaaa-0000-4000-8000-000000000001' })
    expect(await rendered('node/none')).toEqual({ status: 404, type: undefined, body: '', bare: true })
    expect(await rendered('node/aaaaaaaa-0000-4000-8000-000000000001')).toMatchObject({ status: 404 })
  })
})

describe('services', () => {
  test('are summed up from the instances that fit the filter', async () => {
    const { catalog, shown } = newUi()
    expect(await shown('services')).toEqual([])
    catalog.register(1, { Node: 'a', Service: web })
    catalog.register(2, { Node: 'a', Service: webProxy })
    expect(await shown('services')).toMatchObject([
      { Name: 'web', ConnectedWithProxy: true, ConnectedWithGateway: false },
      { Kind: 'connect-proxy', Name: 'web-proxy', ConnectedWithProxy: false },
    ])
    const [alone] = await shown('services', 'filter=Service.Kind == ""')
    expect(alone).toEqual({
      Name: 'web',
      Datacenter: 'dc1',
      Tags: null,
      Nodes: ['a'],
      ExternalSources: null,
      InstanceCount: 1,
      ChecksPassing: 0,
      ChecksWarning: 0,
      ChecksCritical: 0,
      GatewayConfig: {},
      TransparentProxy: false,
      ConnectedWithProxy: false,
      ConnectedWithGateway: false,
    })
  })

  test('are shown with their neighbours, whose proxies are counted and not shown', async () => {
    const { catalog, shown } = newUi()
    catalog.register(1, { Node: 'a', Service: web })
    catalog.register(2, { Node: 'a', Service: webProxy })
    catalog.register(3, { Node: 'b', Service: { Service: 'db' } })
    const edge = {
      Source: 'proxy-registration',
      Intention: { Allowed: true, HasPermissions: false, ExternalSource: '', HasExact: false, DefaultAllow: true },
    }
    expect(await shown('service-topology/web', 'kind=')).toMatchObject({
      Protocol: 'tcp',
      TransparentProxy: false,
      Upstreams: [{ Name: 'db', Nodes: ['b'], ...edge }],
      Downstreams: [],
      FilteredByACLs: false,
    })
    const { Downstreams } = await shown('service-topology/db', 'kind=')
    expect(Downstreams).toHaveLength(1)
    expect(Downstreams).toMatchObject([{ Name: 'web', InstanceCount: 1, ...edge }])
  })

  test('of gateways and what may connect to them are empty lists while nothing binds them', async () => {
    const { shown } = newUi()
    expect(await shown('gateway-services-nodes/gate')).toEqual([])
    expect(await shown('gateway-intentions/gate')).toEqual([])
  })
})

describe('requests that cannot be answered', () => {
  test.for([
    ['node/', '', 400, 'Missing node name'],
    ['service-topology/', 'kind=', 400, 'Missing service name'],
    ['service-topology/web', '', 400, 'Missing service kind'],
    ['service-topology/web', 'kind=mesh-gateway', 400, 'Unsupported service kind "mesh-gateway"'],
    ['gateway-services-nodes/', '', 400, 'Missing gateway name'],
    ['gateway-intentions/', '', 400, 'Missing gateway name'],
    ['metrics-proxy/x', '', 404, 'UI is not enabled'],
  ] as const)('%s?%s is refused with %i', async ([path, query, status, message]) => {
    await expect(newUi().ask(path, query)).rejects.toMatchObject({ status, message })
  })

  test.for(['nodes', 'services'])('a bad filter of %s is a failed read', async (path) => {
    const message = 'Failed to create boolean expression evaluator: Selector "Nope" is not valid'
    expect(await newUi().ask(path, 'filter=Nope == 1')).toMatchObject({ kind: 'failedRead', error: { message } })
  })
})
