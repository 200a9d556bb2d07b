import { describe, expect, test } from 'vitest'
import { TestCatalog } from './catalog.fixture.ts'
import { topologyQuestion } from './topology.ts'

interface Proxied {
  readonly to?: readonly string[]
  readonly mode?: string
}

/** A catalog with a service and, where asked for, a proxy in front of it, for each name. */
function mesh(services: Readonly<Record<string, Proxied | undefined>>) {
  const catalog = new TestCatalog()
  let index = 0
  const add = (service: Record<string, unknown>) => catalog.register(++index, { Node: 'n', Service: service })
  for (const [name, proxied] of Object.entries(services)) {
    add({ Service: name })
    if (proxied === undefined) continue
    const Upstreams = (proxied.to ?? []).map((name, at) => {
      const [type, destination] = name.startsWith('query:') ? ['prepared_query', name.slice(6)] : ['', name]
      return { DestinationType: type, DestinationName: destination, LocalBindPort: at + 1 }
    })
    const standsFor = { DestinationServiceName: name, Mode: proxied.mode ?? '', Upstreams }
    add({ Kind: 'connect-proxy', Service: `${name}-proxy`, Port: 20000, Proxy: standsFor })
  }
  return { catalog, add, ask: (name: string) => catalog.store.queries.ask(topologyQuestion(name, '')).current() }
}

describe('the topology of a service', () => {
  test('is what the registrations of proxies say, in both directions', () => {
    const { ask } = mesh({ web: { to: ['api', 'API'] }, api: { to: ['db'] }, db: {}, lonely: undefined })
    const { value } = ask('API')
    expect(value).toMatchObject({
      UpstreamSources: { db: 'proxy-registration' },
      DownstreamSources: { web: 'proxy-registration' },
      UpstreamDecisions: { db: { Allowed: true, HasExact: false, DefaultAllow: true } },
      DownstreamDecisions: { web: { Allowed: true } },
      MetricsProtocol: 'tcp',
      TransparentProxy: false,
    })
    const names = (side: 'Upstreams' | 'Downstreams') => value[side]?.map(({ Service }) => Service?.Service)
    expect(names('Upstreams')).toEqual(['db', 'db-proxy'])
    expect(names('Downstreams')).toEqual(['web', 'web-proxy'])
    expect(ask('lonely').value).toMatchObject({ Upstreams: [], Downstreams: [] })
    expect(ask('never').value).toMatchObject({ Upstreams: [], Downstreams: [] })
  })

  test('has an upstream that nobody has registered, without instances', () => {
    const { ask } = mesh({ web: { to: ['soon'] } })
    expect(ask('web').value).toMatchObject({ Upstreams: [], UpstreamSources: { soon: 'proxy-registration' } })
    expect(ask('soon').value).toMatchObject({ DownstreamSources: { web: 'proxy-registration' } })
  })

  test('does not follow prepared queries', () => {
    const { ask } = mesh({ web: { to: ['query:db'] }, db: undefined })
    expect(ask('web').value.UpstreamSources).toEqual({})
    expect(ask('db').value.DownstreamSources).toEqual({})
  })

  test('of a transparent proxy is every service, but for consul and itself', () => {
    const { ask, add } = mesh({ web: { to: ['db'], mode: 'transparent' }, db: {}, other: undefined, consul: undefined })
    add({ Kind: 'mesh-gateway', Service: 'gateway', Port: 443 })
    const { value } = ask('web')
    expect(value.TransparentProxy).toBe(true)
    expect(value.UpstreamSources).toEqual({ db: 'proxy-registration', other: 'default-allow' })
    expect(value.DownstreamSources).toEqual({})
    expect(ask('other').value).toMatchObject({ DownstreamSources: { web: 'default-allow' }, TransparentProxy: false })
    expect(ask('db').value.DownstreamSources).toEqual({ web: 'proxy-registration' })
  })

  test('is not transparent when one of its proxies is not', () => {
    const { ask, add } = mesh({ web: { mode: 'transparent' }, db: undefined })
    add({ Kind: 'connect-proxy', ID: 'p2', Service: 'p', Port: 1, Proxy: { DestinationServiceName: 'web' } })
    expect(ask('web').value).toMatchObject({ TransparentProxy: false, UpstreamSources: { db: 'default-allow' } })
  })

  test('shows an instance once that is in the mesh without a proxy', () => {
    const { ask, add } = mesh({ web: { to: ['db'] } })
    add({ Service: 'Db', Connect: { Native: true } })
    const { value } = ask('web')
    expect(value.Upstreams).toMatchObject([{ Service: { Service: 'Db' } }])
    expect(value.UpstreamSources).toEqual({ Db: 'proxy-registration' })
  })

  test('of a gateway has no upstreams of its own', () => {
    const { catalog, add } = mesh({ db: undefined })
    add({ Kind: 'ingress-gateway', Service: 'gate', Port: 443 })
    const answer = catalog.store.queries.ask(topologyQuestion('gate', 'ingress-gateway')).current()
    expect(answer.value).toMatchObject({ Upstreams: [], Downstreams: [], MetricsProtocol: '' })
  })

  test('wakes its readers when a neighbour changes, and for nothing else', async () => {
    const { catalog, ask } = mesh({ web: { to: ['db'] }, db: undefined, other: undefined })
    const first = ask('web')
    const waiting = catalog.store.queries.ask(topologyQuestion('web', '')).wait(first.index)
    catalog.register(50, { Node: 'n', Check: { CheckID: 'o', ServiceID: 'other', Status: 'critical' } })
    catalog.store.queries.flush()
    catalog.register(51, { Node: 'n', Check: { CheckID: 'd', ServiceID: 'db', Status: 'critical' } })
    catalog.store.queries.flush()
    expect(await waiting).toMatchObject({ index: 51, value: { Upstreams: [{ Checks: [{ CheckID: 'd' }] }] } })
  })
})
