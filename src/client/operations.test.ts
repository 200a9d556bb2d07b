import { expect, expectTypeOf, test } from 'vitest'
import {
  type Answered,
  answerKind,
  bodyJson,
  type OperationName,
  operations,
  type Sent,
  targetOf,
} from './operations.ts'
import { formatQuery } from './transport.ts'
import type { CheckRegistration, KvEntry, ServiceRegistration, Session, SessionDefinition } from './types.ts'

function url<N extends OperationName>(name: N, sent: Sent<N>): string {
  const { path, query } = targetOf(name, sent)
  return path + formatQuery(query)
}

test('a request goes where its operation is, with its parameters in their form', () => {
  const tags = { path: { name: 'a/b' }, query: { tag: ['x', 'y'], passing: true, near: undefined, dc: 'dc2' } }
  expect(url('GET /v1/health/service/:name', tags)).toBe('/v1/health/service/a%2Fb?tag=x&tag=y&passing&dc=dc2')
  const write = { path: { key: '/a/ü b' }, query: { flags: 2n ** 64n - 1n, cas: 0 } }
  expect(url('PUT /v1/kv/*key', write)).toBe('/v1/kv/a/%C3%BC%20b?flags=18446744073709551615&cas=0')
  expect(url('GET /v1/kv/*key', { path: { key: '' }, query: { recurse: true, raw: false } })).toBe('/v1/kv/?recurse')
  expect(url('GET /v1/agent/members', { query: { wan: true } })).toBe('/v1/agent/members?wan=true')
  expect(url('PUT /v1/agent/maintenance', { query: { enable: false } })).toBe('/v1/agent/maintenance?enable=false')
})

test('answers and bodies are those that the agent declares', () => {
  const entries = operations['GET /v1/kv/*key'].answers[200].json
  expect([answerKind('GET /v1/kv/*key'), answerKind('GET /v1/kv/*key', 1)]).toEqual(entries)
  expect(bodyJson('PUT /v1/operator/keyring', { Key: 'a' })).toBe('{"Key":"a"}')
  expect(() => answerKind('PUT /v1/agent/leave')).toThrow('PUT /v1/agent/leave declares no JSON')
  expect(() => bodyJson('PUT /v1/agent/leave', undefined as never)).toThrow('PUT /v1/agent/leave takes no JSON')
})

test('types are inferred from the declarations', () => {
  expectTypeOf<Pick<KvEntry, 'Key' | 'Value' | 'ModifyIndex'>>().toEqualTypeOf<{
    Key: string
    Value: Buffer | null
    ModifyIndex: number
  }>()
  expectTypeOf<Answered<'GET /v1/kv/*key', 1>>().toEqualTypeOf<readonly string[] | null>()
  expectTypeOf<Answered<'GET /v1/status/leader'>>().toEqualTypeOf<string>()
  expectTypeOf<Answered<'PUT /v1/agent/leave'>>().toEqualTypeOf<undefined>()
  expectTypeOf<Session['LockDelay']>().toEqualTypeOf<number>()
  expectTypeOf({ LockDelay: '15s', TTL: '30s', Behavior: 'delete' } as const).toExtend<SessionDefinition>()
  expectTypeOf({ Behavior: 'keep' } as const).not.toExtend<SessionDefinition>()
  const service = { Name: 'web', Port: 80, Check: { TTL: '10s', disk: { path: '/' } } }
  expectTypeOf(service).toExtend<ServiceRegistration>()
  expectTypeOf({ ...service, Port: '80' }).not.toExtend<ServiceRegistration>()
  expectTypeOf({ Name: 'c', Interval: 1e9 }).toExtend<CheckRegistration>()
  expectTypeOf({ Interval: '1s' }).not.toExtend<CheckRegistration>()
  expectTypeOf({ path: { name: 'web' }, query: { passing: true } }).toExtend<Sent<'GET /v1/health/service/:name'>>()
  expectTypeOf({ path: { name: 'web' }, query: { pasing: true } } as const).not.toExtend<
    Sent<'GET /v1/catalog/node/:name'>
  >()
})
