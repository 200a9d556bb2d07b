import { describe, expect, test } from 'vitest'
import { TestCatalog } from './catalog.fixture.ts'
import { CatalogRefusedError } from './errors.ts'
import { checks, services } from './tables.ts'

const idA = 'aaaaaaaa-0000-4000-8000-000000000001'
const idB = 'bbbbbbbb-0000-4000-8000-000000000002'
const serfHealth = (Status: string) => ({ CheckID: 'serfHealth', Name: 'Serf Health Status', Status })

describe('registering a node', () => {
  test('stores it, and does nothing when nothing differs', () => {
    const catalog = new TestCatalog()
    const node = { ID: idA, Node: 'Web-1', Address: '192.0.2.7', NodeMeta: { rack: 'a' } }
    catalog.register(5, node)
    catalog.register(6, node)
    expect(catalog.node('web-1')).toEqual({
      ID: idA,
      Node: 'Web-1',
      Address: '192.0.2.7',
      Datacenter: 'dc1',
      TaggedAddresses: null,
      Meta: expect.objectContaining({ rack: 'a' }),
      CreateIndex: 5,
      ModifyIndex: 5,
    })
    expect(catalog.indexes()).toEqual({ nodes: 5 })
  })

  test('tells nil from empty, as agents do', () => {
    const catalog = new TestCatalog()
    catalog.register(1, { Node: 'a' })
    catalog.register(2, { Node: 'a', NodeMeta: {} })
    expect(catalog.node('a')).toMatchObject({ Meta: {}, CreateIndex: 1, ModifyIndex: 2 })
  })

  test('that changed moves the index of everything on it', () => {
    const catalog = new TestCatalog()
    catalog.register(1, { Node: 'a', Service: { Service: 'web' } })
    catalog.register(2, { Node: 'a', Service: { Service: 'edge', Kind: 'ingress-gateway' } })
    catalog.register(3, {
      Node: 'b',
      Service: { Service: 'other', Kind: 'connect-proxy', Port: 1, Proxy: { DestinationServiceName: 'web' } },
    })
    catalog.register(9, { Node: 'a', Address: '192.0.2.99' })
    expect(catalog.indexes()).toEqual({
      nodes: 9,
      services: 3,
      'service.web': 9,
      'service.edge': 9,
      'service.other': 3,
      'service_kind.typical': 9,
      'service_kind.ingress-gateway': 9,
      'service_kind.connect-proxy': 3,
    })
  })

  test('with SkipNodeUpdate leaves one that is there as it is', () => {
    const catalog = new TestCatalog()
    catalog.register(1, { Node: 'a', NodeMeta: { a: '1' } })
    catalog.register(2, { Node: 'a', Address: '192.0.2.2', SkipNodeUpdate: true })
    catalog.register(3, { Node: 'new', Address: '', SkipNodeUpdate: true })
    expect(catalog.node('a')).toMatchObject({ Address: '192.0.2.1', ModifyIndex: 1 })
    expect(catalog.node('new')).toMatchObject({ Address: '', CreateIndex: 3 })
  })
})

describe('a node id', () => {
  test('that comes under another name renames its node, and takes everything off the old one', () => {
    const catalog = new TestCatalog()
    catalog.register(1, { ID: idA, Node: 'old', Service: { Service: 'web' }, Check: serfHealth('passing') })
    catalog.register(5, { ID: idA, Node: 'new' })
    expect(catalog.node('old')).toBeUndefined()
    expect(catalog.node('new')).toMatchObject({ ID: idA, CreateIndex: 1, ModifyIndex: 5 })
    expect(catalog.store.latest.table(services).list()).toEqual([])
    expect(catalog.store.latest.table(checks).list()).toEqual([])
    expect(catalog.indexes()).toEqual({
      nodes: 5,
      services: 5,
      checks: 5,
      'service_kind.typical': 5,
      service_last_extinction: 5,
    })
  })

  test('cannot take the name of a node that is alive', () => {
    const catalog = new TestCatalog()
    catalog.register(1, { ID: idA, Node: 'web', Address: '192.0.2.5', Check: serfHealth('passing') })
    const before = catalog.content()
    expect(() => catalog.register(2, { ID: idB, Node: 'WEB' })).toThrow(
      new CatalogRefusedError(
        `failed inserting node: Error while renaming Node ID: "${idB}": Node name WEB is reserved by node ${idA} with name web (192.0.2.5)`,
      ),
    )
    catalog.register(3, { ID: idB, Node: 'other' })
    expect(() => catalog.register(4, { ID: idB, Node: 'web', Address: '192.0.2.8' })).toThrow(
      `failed inserting node: Error while renaming Node ID: "${idB}" (192.0.2.8): Node name web is reserved`,
    )
    expect(catalog.content()[1]).toEqual(before[1])
  })

  test.for(['critical', undefined])('takes the name of one whose serfHealth is %s', (status) => {
    const catalog = new TestCatalog()
    catalog.register(1, { ID: idA, Node: 'web', ...(status && { Check: serfHealth(status) }) })
    catalog.register(2, { ID: idB, Node: 'web' })
    expect(catalog.node('web')).toMatchObject({ ID: idB, CreateIndex: 1, ModifyIndex: 2 })
  })

  test('may be given to a node that never had one, but not moved onto it', () => {
    const catalog = new TestCatalog()
    catalog.register(1, { Node: 'web', Check: serfHealth('passing') })
    catalog.register(2, { ID: idA, Node: 'web' })
    expect(catalog.node('web')).toMatchObject({ ID: idA, ModifyIndex: 2 })
    catalog.register(3, { Node: 'db', Check: serfHealth('passing') })
    expect(() => catalog.register(4, { ID: idA, Node: 'db' })).toThrow('is reserved by node')
  })
})

describe('registering a service', () => {
  test('moves the indexes of services, its name and its kind, once', () => {
    const catalog = new TestCatalog()
    const request = { Node: 'a', Service: { Service: 'Web', Port: 80 } }
    catalog.register(3, request)
    catalog.register(4, request)
    expect(catalog.indexes()).toEqual({ nodes: 3, services: 3, 'service.web': 3, 'service_kind.typical': 3 })
    expect(catalog.store.latest.table(services).list()).toMatchObject([
      { Node: 'a', ID: 'Web', Service: 'Web', Weights: { Passing: 1, Warning: 1 }, Tags: null, CreateIndex: 3 },
    ])
    catalog.register(7, { Node: 'a', Service: { Service: 'Web', Port: 81 } })
    expect(catalog.indexes()).toMatchObject({ nodes: 3, services: 7, 'service.web': 7 })
  })

  test.for([
    [
      { 'consul-x': 'y' },
      "Couldn't load metadata pair ('consul-x', 'y'): Key prefix 'consul-' is reserved for internal use",
    ],
    [{ 'a b': '' }, "Couldn't load metadata pair ('a b', ''): Key contains invalid characters"],
    [{ '': 'x' }, "Couldn't load metadata pair ('', 'x'): Key cannot be blank"],
    [{ a: 'x'.repeat(513) }, 'Value is too long (limit: 512 characters)'],
    [{ ['k'.repeat(129)]: '' }, 'Key is too long (limit: 128 characters)'],
    [
      Object.fromEntries(Array.from({ length: 65 }, (_, at) => [`k${at}`, ''])),
      'Node metadata cannot contain more than 64 key/value pairs',
    ],
  ] as const)('with bad metadata is refused, and nothing of the request is kept', ([Meta, message]) => {
    const catalog = new TestCatalog()
    expect(() => catalog.register(1, { Node: 'a', Service: { Service: 'web', Meta } })).toThrow(message)
    expect(() => catalog.register(1, { Node: 'a', Service: { Service: 'web', Meta } })).toThrow(
      'failed inserting service: Invalid Service Meta for node a and serviceID web: ',
    )
    expect(catalog.node('a')).toBeUndefined()
  })

  test('lets a mesh gateway say that it serves federation', () => {
    const Meta = { 'consul-wan-federation': '1' }
    const catalog = new TestCatalog()
    catalog.register(1, { Node: 'a', Service: { Service: 'gw', Kind: 'mesh-gateway', Port: 443, Meta } })
    expect(() => catalog.register(2, { Node: 'a', Service: { Service: 'web', Meta } })).toThrow('reserved')
  })
})

describe('registering a check', () => {
  test('takes name and tags from its service and moves the indexes of both', () => {
    const catalog = new TestCatalog()
    catalog.register(1, { Node: 'a', Service: { ID: 'w', Service: 'web', Tags: ['v1'] } })
    catalog.register(2, { Node: 'a', Check: { CheckID: 'c', Name: 'c', ServiceID: 'w' } })
    expect(catalog.store.latest.table(checks).list()).toMatchObject([
      { CheckID: 'c', Status: 'critical', ServiceName: 'web', ServiceTags: ['v1'] },
    ])
    expect(catalog.indexes()).toEqual({
      nodes: 1,
      services: 1,
      checks: 2,
      'service.web': 2,
      'service_kind.typical': 2,
    })
  })

  test('of the node moves the index of all its services', () => {
    const catalog = new TestCatalog()
    catalog.register(1, { Node: 'a', Service: { Service: 'web' } })
    catalog.register(2, { Node: 'a', Service: { Service: 'db' } })
    catalog.register(3, { Node: 'a', Check: serfHealth('passing') })
    expect(catalog.indexes()).toMatchObject({ services: 2, 'service.web': 3, 'service.db': 3, checks: 3 })
  })

  test('that differs only in how it is run is not written', () => {
    const catalog = new TestCatalog()
    const Check = { CheckID: 'c', Name: 'c', Status: 'passing', Type: 'http', Interval: '10s', Timeout: '1s' }
    catalog.register(1, { Node: 'a', Check })
    catalog.register(2, { Node: 'a', Check: { ...Check, Type: 'tcp', Interval: '20s', Timeout: '', ExposedPort: 3 } })
    expect(catalog.indexes().checks).toBe(1)
    catalog.register(3, { Node: 'a', Check: { ...Check, Output: 'new' } })
    expect(catalog.indexes().checks).toBe(3)
  })

  test('for something that is not there is refused', () => {
    const catalog = new TestCatalog()
    expect(() => catalog.register(1, { Node: 'a', Check: { CheckID: 'c', ServiceID: 'none' } })).toThrow(
      new CatalogRefusedError('failed inserting check: Missing service registration on node "a"'),
    )
    expect(() => catalog.register(1, { Node: 'a', Check: { Node: 'b', CheckID: 'c' } })).toThrow(
      new CatalogRefusedError('check node "b" does not match node "a"'),
    )
    expect(catalog.content().flat()).toEqual([])
  })
})

describe('deregistering', () => {
  function populated() {
    const catalog = new TestCatalog()
    catalog.register(1, {
      Node: 'a',
      Service: { ID: 'w1', Service: 'web' },
      Checks: [
        { CheckID: 'n', Name: 'n', Status: 'passing' },
        { CheckID: 's', Name: 's', Status: 'passing', ServiceID: 'w1' },
      ],
    })
    catalog.register(2, { Node: 'b', Service: { ID: 'w2', Service: 'web' } })
    return catalog
  }

  test('a check of a service moves that service', () => {
    const catalog = populated()
    catalog.deregister(9, { Node: 'A', CheckID: 'S' })
    expect(catalog.indexes()).toMatchObject({ checks: 9, services: 2, 'service.web': 9, 'service_kind.typical': 9 })
  })

  test('a check of a node moves all services there, and their list', () => {
    const catalog = populated()
    catalog.deregister(9, { Node: 'a', CheckID: 'n' })
    expect(catalog.indexes()).toMatchObject({ checks: 9, services: 9, 'service.web': 9 })
  })

  test('an instance takes its checks along', () => {
    const catalog = populated()
    catalog.deregister(9, { Node: 'a', ServiceID: 'W1', CheckID: 'n' })
    expect(catalog.store.latest.table(checks).list()).toMatchObject([{ CheckID: 'n' }])
    expect(catalog.indexes()).toMatchObject({ checks: 9, services: 9, 'service.web': 9, 'service_kind.typical': 9 })
    expect(catalog.indexes()).not.toHaveProperty('service_last_extinction')
  })

  test('the last instance of a service removes its index and notes the extinction', () => {
    const catalog = populated()
    catalog.deregister(8, { Node: 'a', ServiceID: 'w1' })
    catalog.deregister(9, { Node: 'b', ServiceID: 'w2' })
    expect(catalog.indexes()).toEqual({
      nodes: 2,
      services: 9,
      checks: 9,
      'service_kind.typical': 9,
      service_last_extinction: 9,
    })
  })

  test('a node removes everything on it', () => {
    const catalog = populated()
    catalog.deregister(9, { Node: 'A' })
    expect(catalog.store.latest.table(services).list()).toMatchObject([{ Node: 'b', ID: 'w2' }])
    expect(catalog.store.latest.table(checks).list()).toEqual([])
    expect(catalog.indexes()).toEqual({
      nodes: 9,
      services: 9,
      checks: 9,
      'service.web': 9,
      'service_kind.typical': 9,
    })
  })

  test.for([{ Node: 'none' }, { Node: 'a', ServiceID: 'none' }, { Node: 'a', CheckID: 'none' }])(
    'what is not there (%j) changes nothing',
    (request) => {
      const catalog = populated()
      const before = catalog.content()
      catalog.deregister(9, request)
      expect(catalog.content()).toEqual(before)
    },
  )
})
