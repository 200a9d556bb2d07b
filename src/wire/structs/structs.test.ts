import { describe, expect, test } from 'vitest'
import { JsonCursor } from '../json/cursor.ts'
import { type Kind, parseJson, type Struct } from '../schema.ts'
import * as agent from './agent.ts'
import * as catalog from './catalog.ts'
import * as check from './check.ts'
import * as coordinate from './coordinate.ts'
import * as http from './http.ts'
import * as intention from './intention.ts'
import * as kv from './kv.ts'
import * as operator from './operator.ts'
import * as preparedQuery from './prepared-query.ts'
import * as proxy from './proxy.ts'
import * as query from './query.ts'
import * as session from './session.ts'
import * as topology from './topology.ts'
import * as txn from './txn.ts'

type AnyStruct = Struct<Record<string, unknown>>

const topics = [
  agent,
  catalog,
  check,
  coordinate,
  http,
  intention,
  kv,
  operator,
  preparedQuery,
  proxy,
  query,
  session,
  topology,
  txn,
]
const structs = topics
  .flatMap((topic) => Object.values(topic) as unknown[])
  .filter((value): value is AnyStruct => typeof value === 'object' && value !== null && 'encode' in value)

/** JSON for one field after another of whatever kind; the first that is accepted and not empty fills the field. */
const samples = [7, true, 'eHh4', '10s', '2024-01-02T03:04:05Z', ['x'], { k: 'x' }, { k: ['x'] }, [{}], { k: {} }, {}]

function filled(kind: Kind<unknown>): unknown {
  for (const sample of samples) {
    try {
      const value = kind.readJson(sample, new JsonCursor())
      if (!kind.isZero(value)) return value
    } catch {
      // not the kind of value that this field holds
    }
  }
  return kind.zero()
}

function filledRow(type: AnyStruct): Record<string, unknown> {
  return Object.fromEntries(type.fields.map(({ name, kind }) => [name, filled(kind)]))
}

describe.for(structs.map((type) => [type.name, type] as const))('%s', ([, type]) => {
  test('survives msgpack, empty and filled', () => {
    for (const row of [type.zero(), filledRow(type)]) expect(type.decode(type.encode(row))).toEqual(row)
  })

  test('reads the JSON it writes, every field of it', () => {
    for (const row of [type.zero(), filledRow(type)]) {
      const json = type.toJson(row)
      expect(type.toJson(type.fromJson(parseJson(json), { unknown: 'refuse' }))).toBe(json)
    }
  })

  test('has a zero value that says it is zero, and a filled one that does not', () => {
    expect(type.isZero(type.zero())).toBe(true)
    expect(type.isZero(filledRow(type))).toBe(false)
  })
})
