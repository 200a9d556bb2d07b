import { describe, expect, test } from 'vitest'
import { TestCatalog } from './catalog.fixture.ts'
import { serviceDumpQuestion } from './dumps.ts'
import { byName, summarize } from './summaries.ts'

/** Summaries of what these requests register, with only what is not zero or null. */
function summariesOf(...requests: Record<string, unknown>[]) {
  const catalog = new TestCatalog()
  for (const [at, request] of requests.entries()) catalog.register(at + 1, request)
  const instances = catalog.store.queries.ask(serviceDumpQuestion(undefined)).current().value
  return byName(summarize(instances)).map((summary) => {
    const entries = Object.entries({ ...summary.toSummary(), hasProxy: summary.hasProxy })
    return Object.fromEntries(entries.filter(([key, value]) => value && key !== 'GatewayConfig'))
  })
}

const proxy = (id: string, destination: string, mode = '') => ({
  Kind: 'connect-proxy',
  ID: id,
  Service: `${destination}-sidecar-proxy`,
  Port: 20000,
  Proxy: { DestinationServiceName: destination, Mode: mode },
})

describe('the summary of a service', () => {
  test('has the nodes, tags and sources of all its instances, in order', () => {
    const meta = (source: string) => ({ Meta: { 'external-source': source } })
    expect(
      summariesOf(
        { Node: 'b', Service: { ID: 'w1', Service: 'web', Tags: ['v2', 'blue'], ...meta('nomad') } },
        { Node: 'a', Service: { ID: 'w1', Service: 'web', Tags: ['v1', 'blue'], ...meta('k8s') } },
        { Node: 'a', Service: { ID: 'w2', Service: 'web', ...meta('nomad') } },
        { Node: 'a', Service: { Service: 'db', Tags: [], Meta: { 'external-source': '' } } },
      ),
    ).toEqual([
      { Name: 'db', Datacenter: 'dc1', Nodes: ['a'], InstanceCount: 1 },
      {
        Name: 'web',
        Datacenter: 'dc1',
        Nodes: ['a', 'a', 'b'],
        Tags: ['blue', 'v1', 'v2'],
        ExternalSources: ['k8s', 'nomad'],
        InstanceCount: 3,
      },
    ])
  })

  test('counts a check of a node once, however many instances are there, and not those of other services', () => {
    expect(
      summariesOf(
        { Node: 'a', Service: { ID: 'w1', Service: 'web' }, Check: { CheckID: 'disk', Status: 'passing' } },
        { Node: 'a', Service: { ID: 'w2', Service: 'web' } },
        { Node: 'a', Check: { CheckID: 'own', ServiceID: 'w1', Status: 'warning' } },
        { Node: 'a', Check: { CheckID: 'own2', ServiceID: 'w2', Status: 'critical' } },
        { Node: 'b', Service: { ID: 'w1', Service: 'web' }, Check: { CheckID: 'disk', Status: 'passing' } },
        { Node: 'b', Service: { Service: 'db' }, Check: { CheckID: 'other', ServiceID: 'db', Status: 'critical' } },
      ),
    ).toMatchObject([
      { Name: 'db', ChecksPassing: 1, ChecksCritical: 1 },
      { Name: 'web', ChecksPassing: 2, ChecksWarning: 1, ChecksCritical: 1 },
    ])
  })

  test('counts the checks of the proxies in front of it, which have summaries of their own', () => {
    expect(
      summariesOf(
        { Node: 'a', Service: { Service: 'web' } },
        { Node: 'b', Service: proxy('p', 'web'), Check: { CheckID: 'c', ServiceID: 'p', Status: 'critical' } },
      ),
    ).toEqual([
      { Name: 'web', Datacenter: 'dc1', Nodes: ['a'], InstanceCount: 1, ChecksCritical: 1, hasProxy: true },
      {
        Kind: 'connect-proxy',
        Name: 'web-sidecar-proxy',
        Datacenter: 'dc1',
        Nodes: ['b'],
        InstanceCount: 1,
        ChecksCritical: 1,
      },
    ])
  })

  test('is there without an instance when a proxy stands in front of nothing', () => {
    expect(summariesOf({ Node: 'a', Service: proxy('p', 'ghost') })).toMatchObject([
      { Name: 'ghost', hasProxy: true },
      { Name: 'ghost-sidecar-proxy', InstanceCount: 1 },
    ])
  })

  test.for([
    [['transparent'], true],
    [['transparent', 'transparent'], true],
    [['transparent', ''], undefined],
    [['', 'transparent'], undefined],
    [['direct'], undefined],
  ] as const)('with proxies of the modes %j is transparent: %s', ([modes, transparent]) => {
    const requests = modes.map((mode, at) => ({ Node: 'a', Service: proxy(`p${at}`, 'web', mode) }))
    expect(summariesOf(...requests)[0]?.TransparentProxy).toBe(transparent)
  })

  test('has the name as its instances have it, however proxies write it', () => {
    const names = summariesOf({ Node: 'a', Service: proxy('p', 'WEB') }, { Node: 'b', Service: { Service: 'Web' } })
    expect(names.map(({ Name }) => Name)).toEqual(['WEB-sidecar-proxy', 'Web'])
  })
})
