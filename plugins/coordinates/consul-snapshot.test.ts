import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { Store } from '../../src/store/store.ts'
import { nodesQuestion } from './queries.ts'
import { coordinateRecord, coordinateRecords, restoreCoordinate } from './snapshot.ts'
import { coordinates } from './tables.ts'

interface Recording {
  readonly records: readonly { readonly type: number; readonly hex: string }[]
  readonly http: Readonly<Record<string, { readonly body: unknown }>>
}

const recording: Recording = JSON.parse(
  readFileSync(`${import.meta.dirname}/../../test/vectors/consul-snapshot.json`, 'utf8'),
)
const recorded = recording.records.filter(({ type }) => type === coordinateRecord.type).map(({ hex }) => hex)

function restored(): Store {
  const store = new Store([coordinates])
  store.transact(40, (tx) => {
    for (const hex of recorded) restoreCoordinate(tx, Buffer.from(hex, 'hex'))
  })
  return store
}

test('the coordinates of a snapshot that Consul wrote are listed as Consul did', () => {
  const answer = restored().queries.ask(nodesQuestion(undefined)).current()
  expect(JSON.parse(answer.bytes.toString())).toEqual(recording.http['/v1/coordinate/nodes']!.body)
})

test('coordinates are written byte for byte as Consul writes them', () => {
  expect(recorded.length).toBeGreaterThan(0)
  expect([...coordinateRecords(restored().latest)].map((record) => record.toString('hex'))).toEqual(recorded)
})
