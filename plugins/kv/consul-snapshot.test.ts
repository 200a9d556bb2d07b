import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { Store } from '../../src/store/store.ts'
import { NamesQuestion, TreeQuestion } from './queries.ts'
import { entryRecords, restoreEntry, restoreTombstone, tombstoneRecords } from './snapshot.ts'
import { kvs, tombstones } from './tables.ts'

interface Recording {
  readonly records: readonly { readonly type: number; readonly hex: string }[]
  readonly http: Readonly<Record<string, { readonly index: number; readonly body: unknown }>>
}

const recording: Recording = JSON.parse(
  readFileSync(`${import.meta.dirname}/../../test/vectors/consul-snapshot.json`, 'utf8'),
)
const recordsOf = (wanted: number) => recording.records.filter(({ type }) => type === wanted).map(({ hex }) => hex)

/** The keys of a snapshot that Consul wrote. */
function restored(): Store {
  const store = new Store([kvs, tombstones])
  store.transact(40, (tx) => {
    for (const hex of recordsOf(2)) restoreEntry(tx, Buffer.from(hex, 'hex'))
    for (const hex of recordsOf(5)) restoreTombstone(tx, Buffer.from(hex, 'hex'))
  })
  return store
}

test.for([
  ['/v1/kv/?recurse', new TreeQuestion('')],
  ['/v1/kv/?keys', new NamesQuestion('', '')],
] as const)('%s of a restored snapshot is answered as Consul did', ([path, question]) => {
  const answer = restored()
    .queries.ask<unknown>(question as never)
    .current()
  const { index, body } = recording.http[path]!
  expect({ index: answer.index, body: JSON.parse(answer.bytes.toString()) }).toEqual({ index, body })
})

test('keys and tombstones are written byte for byte as Consul writes them', () => {
  const { latest } = restored()
  expect([...entryRecords(latest)].map((record) => record.toString('hex'))).toEqual(recordsOf(2))
  expect([...tombstoneRecords(latest)].map((record) => record.toString('hex'))).toEqual(recordsOf(5))
})
