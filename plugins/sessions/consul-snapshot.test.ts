import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { Store } from '../../src/store/store.ts'
import { sessionsQuestion } from './queries.ts'
import { restoreSession, sessionRecord, sessionRecords } from './snapshot.ts'
import { sessions } from './tables.ts'

interface Recording {
  readonly records: readonly { readonly type: number; readonly hex: string }[]
  readonly http: Readonly<Record<string, { readonly index: number; readonly body: unknown }>>
}

const recording: Recording = JSON.parse(
  readFileSync(`${import.meta.dirname}/../../test/vectors/consul-snapshot.json`, 'utf8'),
)
const recorded = recording.records.filter(({ type }) => type === sessionRecord.type).map(({ hex }) => hex)

function restored(): Store {
  const store = new Store([sessions])
  store.transact(40, (tx) => {
    for (const hex of recorded) restoreSession(tx, Buffer.from(hex, 'hex'))
  })
  return store
}

test('the sessions of a snapshot that Consul wrote are listed as Consul did', () => {
  const answer = restored().queries.ask(sessionsQuestion()).current()
  const { index, body } = recording.http['/v1/session/list']!
  expect({ index: answer.index, body: JSON.parse(answer.bytes.toString()) }).toEqual({ index, body })
})

test('sessions are written byte for byte as Consul writes them', () => {
  expect(recorded.length).toBeGreaterThan(0)
  expect([...sessionRecords(restored().latest)].map((record) => record.toString('hex'))).toEqual(recorded)
})
