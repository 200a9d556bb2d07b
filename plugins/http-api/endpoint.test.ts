import { describe, expect, test } from 'vitest'
import type { HttpMethod, RouteDeclaration } from './contract.ts'
import { Endpoint } from './endpoint.ts'
import { Endpoints } from './endpoints.ts'

const route = (path: string, ...methods: HttpMethod[]): RouteDeclaration => ({
  methods,
  path,
  summary: '',
  answer: () => ({ kind: 'plain', status: 200, type: undefined, body: '' }),
})

describe('a path pattern', () => {
  test.for([
    ['/v1/kv/*key', '/v1/kv/a/b', { key: 'a/b' }],
    ['/v1/kv/*key', '/v1/kv/', { key: '' }],
    ['/v1/kv/*key', '/v1/kv', undefined],
    ['/v1/kv/*key', '/v1/kvs/a', undefined],
    ['/v1/status/leader', '/v1/status/leader', {}],
    ['/v1/status/leader', '/v1/status/leader/', undefined],
    ['/v1/query/:id/execute', '/v1/query/a/execute', { id: 'a' }],
    ['/v1/query/:id/execute', '/v1/query//execute', undefined],
    ['/v1/query/:id/execute', '/v1/query/a/b/execute', undefined],
    ['/v1/query/:id/execute', '/v1/query/a/executes', undefined],
    ['/v1/query/:id/execute', '/v1/query/a/execute/', undefined],
    ['/v1/config/:kind/:name', '/v1/config/a/b/c', { kind: 'a', name: 'b/c' }],
    ['/v1/config/:kind/:name', '/v1/config/a', undefined],
  ] as const)('%s meets %s', ([pattern, path, params]) => {
    expect(new Endpoint(pattern).match(path)).toEqual(params)
  })

  test('with a star in the middle is refused', () => {
    expect(() => new Endpoint('/v1/*all/x')).toThrow('only the last segment may be a *')
  })
})

describe('declared routes', () => {
  test('of one path share an endpoint, and its methods are listed in a fixed order', () => {
    const endpoints = new Endpoints()
    endpoints.add(route('/v1/q/:id', 'DELETE', 'PUT'), route('/v1/q/*id', 'GET'), route('/v1/q/x', 'POST'))
    expect(endpoints.list().map(({ path, allow }) => [path, allow])).toEqual([
      ['/v1/q/x', 'OPTIONS,POST'],
      ['/v1/q/:id', 'OPTIONS,GET,PUT,DELETE'],
    ])
    expect(endpoints.routes).toHaveLength(3)
  })

  test('come most specific first', () => {
    const endpoints = new Endpoints()
    for (const path of ['/v1/q/:id', '/v1/:any', '/v1/q/x/:id', '/v1/q/:id/execute', '/v1/q/x/y']) {
      endpoints.add(route(path, 'GET'))
    }
    expect(endpoints.list().map(({ path }) => path)).toEqual([
      '/v1/q/x/y',
      '/v1/q/x/:id',
      '/v1/q/:id/execute',
      '/v1/q/:id',
      '/v1/:any',
    ])
  })

  test('that take one method twice are refused', () => {
    const endpoints = new Endpoints()
    endpoints.add(route('/v1/q/:id', 'GET'))
    expect(() => endpoints.add(route('/v1/q/*id', 'GET'))).toThrow('two routes answer GET /v1/q/:id')
    expect(() => endpoints.add(route('/v1/q/*other', 'PUT'))).toThrow('differ only in the names of their parameters')
  })
})
