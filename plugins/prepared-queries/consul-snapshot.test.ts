import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { Store } from '../../src/store/store.ts'
import { queriesQuestion } from './queries.ts'
import { queryRecord, queryRecords, restoreQuery } from './snapshot.ts'
import { preparedQueries } from './tables.ts'

interface Recording {
  readonly records: readonly { readonly type: number; readonly hex: string }[]
  readonly http: Readonly<Record<string, { readonly index: number; readonly body: unknown }>>
}

const recording: Recording = JSON.parse(
  readFileSync(`${import.meta.dirname}/../../test/vectors/consul-snapshot.json`, 'utf8'),
)
const recorded = recording.records.filter(({ type }) => type === queryRecord.type).map(({ hex }) => hex)

function restored(): Store {
  const store = new Store([preparedQueries])
  store.transact(40, (tx) => {
    for (const hex of recorded) restoreQuery(tx, Buffer.from(hex, 'hex'))
  })
  return store
}

test('the queries of a snapshot that Consul wrote are listed as Consul did', () => {
  const answer = restored().queries.ask(queriesQuestion()).current()
  const { index, body } = recording.http['/v1/query']!
  expect({ index: answer.index, body: JSON.parse(answer.bytes.toString()) }).toEqual({ index, body })
})

test('queries are written byte for byte as Consul writes them', () => {
  expect(recorded.length).toBeGreaterThan(0)
  expect([...queryRecords(restored().latest)].map((record) => record.toString('hex'))).toEqual(recorded)
})
