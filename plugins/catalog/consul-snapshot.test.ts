import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { askRoute } from '../../src/testing/ask-route.ts'
import { LocalRpc } from '../../src/testing/local-rpc.ts'
import { index, struct, text } from '../../src/wire/schema.ts'
import { RegisterRequest } from '../../src/wire/structs/catalog.ts'
import type { Reply } from '../http-api/contract.ts'
import { TestCatalog } from './catalog.fixture.ts'
import { catalogRoutes } from './catalog-routes.ts'
import { healthRoutes } from './health-routes.ts'
import { healthReads } from './health-rpc.ts'
import { Nearness } from './near.ts'
import { catalogReads } from './rpc.ts'
import { registrationRecords, restoreRegistration } from './snapshot.ts'

interface Recording {
  readonly records: readonly { readonly type: number; readonly hex: string }[]
  readonly http: Readonly<Record<string, { readonly index: number | null; readonly body: unknown }>>
}

const recording: Recording = JSON.parse(
  readFileSync(`${import.meta.dirname}/../../test/vectors/consul-snapshot.json`, 'utf8'),
)
const registrations = recording.records.filter(({ type }) => type === 0).map(({ hex }) => Buffer.from(hex, 'hex'))
const IndexRow = struct('IndexRow', { Key: text(), Value: index() })

/** A catalog as it comes out of a snapshot that Consul wrote. */
function restored(): TestCatalog {
  const catalog = new TestCatalog()
  catalog.store.transact(40, (tx) => {
    for (const record of registrations) restoreRegistration(tx, record)
    for (const { type, hex } of recording.records) {
      if (type !== 16) continue
      const { Key, Value } = IndexRow.decode(Buffer.from(hex, 'hex'))
      tx.setTableIndex(Key, Value)
    }
  })
  return catalog
}

const paths = Object.keys(recording.http).filter(
  (path) => /^\/v1\/(catalog|health)\/./.test(path) && !path.endsWith('datacenters'),
)

test.for(paths)('%s of a restored snapshot is answered as Consul did', (path) => {
  const { store } = restored()
  const nearness = new Nearness(() => undefined)
  const rpc = new LocalRpc(store)
  const routes = [
    ...catalogRoutes(rpc, {} as never, catalogReads(nearness)),
    ...healthRoutes(rpc, healthReads(nearness)),
  ]
  const reply = askRoute<Reply | Promise<Reply>>(routes, 'GET', path)
  if (!('kind' in reply) || reply.kind !== 'live') throw new Error('not a live reply')
  const answer = reply.query.current()
  const { index, body } = recording.http[path]!
  expect(answer.index).toBe(index)
  // Consul's own order of a service's tags is that of a hash table.
  expect(sortedTags(path, JSON.parse(answer.bytes.toString()))).toEqual(sortedTags(path, body))
})

test('the registrations of a snapshot are written as Consul writes them', () => {
  const written = [...registrationRecords(restored().store.latest)].map((record) => RegisterRequest.decode(record))
  expect(written).toEqual(registrations.map((record) => RegisterRequest.decode(record)))
})

function sortedTags(path: string, body: unknown): unknown {
  if (path !== '/v1/catalog/services') return body
  return Object.fromEntries(
    Object.entries(body as Record<string, string[]>).map(([name, tags]) => [name, tags.toSorted()]),
  )
}
