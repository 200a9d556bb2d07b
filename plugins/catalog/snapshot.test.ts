import fc from 'fast-check'
import { expect, test } from 'vitest'
import { TestCatalog } from './catalog.fixture.ts'
import { CatalogRefusedError } from './errors.ts'
import { registrationRecords, restoreRegistration } from './snapshot.ts'

function restored(from: TestCatalog): TestCatalog {
  const store = from.store.blank()
  store.transact(from.store.index, (tx) => {
    for (const record of registrationRecords(from.store.latest)) restoreRegistration(tx, record)
    for (const { Key, Value } of from.store.latest.tableIndexes()) tx.setTableIndex(Key, Value)
  })
  return new TestCatalog(store)
}

test('a catalog comes back from its snapshot as it was', () => {
  const catalog = new TestCatalog()
  catalog.register(1, {
    ID: 'aaaaaaaa-0000-4000-8000-000000000001',
    Node: 'A',
    NodeMeta: {},
    TaggedAddresses: { lan: '192.0.2.1' },
    Service: { ID: 'W', Service: 'Web', Tags: [], Meta: { m: '1' }, Weights: { Passing: 3, Warning: 0 } },
    Check: {
      CheckID: 'c',
      Name: 'c',
      ServiceID: 'W',
      Definition: { HTTP: 'http://x', Interval: '10s', Header: { a: ['b'] } },
    },
  })
  catalog.register(4, { Node: 'b', Service: { Service: 'gone' } })
  catalog.deregister(7, { Node: 'b', ServiceID: 'gone' })
  expect(restored(catalog).content()).toEqual(catalog.content())
})

const idA = 'aaaaaaaa-0000-4000-8000-000000000001'
const idB = 'bbbbbbbb-0000-4000-8000-000000000002'

const nodeName = fc.constantFrom('a', 'A', 'b', 'c')
const serviceId = fc.constantFrom('', 's1', 'S1', 's2')
const checkId = fc.constantFrom('serfHealth', 'c1', 'C1')
const register = fc.record(
  {
    Node: nodeName,
    ID: fc.constantFrom('', idA, idB),
    Address: fc.constantFrom('192.0.2.1', '192.0.2.2'),
    SkipNodeUpdate: fc.boolean(),
    NodeMeta: fc.constantFrom(null, {}, { x: 'y' }),
    Service: fc.record(
      {
        ID: serviceId,
        Service: fc.constantFrom('web', 'Web', 'db'),
        Kind: fc.constantFrom('', 'ingress-gateway'),
        Tags: fc.constantFrom(null, [], ['t']),
        Meta: fc.constantFrom(null, { 'bad key': '' }, { good: '1' }),
      },
      { requiredKeys: ['Service'] },
    ),
    Checks: fc.array(
      fc.record(
        { CheckID: checkId, ServiceID: serviceId, Status: fc.constantFrom('', 'passing', 'critical') },
        { requiredKeys: ['CheckID'] },
      ),
      { maxLength: 2 },
    ),
  },
  { requiredKeys: ['Node'] },
)
const deregister = fc.record({ Node: nodeName, ServiceID: serviceId, CheckID: fc.constantFrom('', 'c1', 'serfHealth') })
const command = fc.oneof(
  { weight: 3, arbitrary: fc.record({ register }) },
  { weight: 1, arbitrary: fc.record({ deregister }) },
)

function carryOut(catalog: TestCatalog, index: number, what: typeof command extends fc.Arbitrary<infer T> ? T : never) {
  try {
    if ('register' in what) catalog.register(index, what.register)
    else catalog.deregister(index, what.deregister)
    return 'done'
  } catch (error) {
    if (!(error instanceof CatalogRefusedError)) throw error
    return error.message
  }
}

test('a server restored from a snapshot on the way ends with the same catalog, whatever the commands', () => {
  fc.assert(
    fc.property(fc.array(command, { maxLength: 25 }), fc.nat(25), (commands, restoreAt) => {
      const one = new TestCatalog()
      let two = new TestCatalog()
      for (const [at, what] of commands.entries()) {
        if (at === restoreAt) two = restored(two)
        expect(carryOut(two, at + 1, what)).toBe(carryOut(one, at + 1, what))
      }
      expect(two.content()).toEqual(one.content())
    }),
    { numRuns: 300 },
  )
})
