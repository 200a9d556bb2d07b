import { afterEach, beforeEach, expect, test } from 'vitest'
import type { ApiDescription } from '../../src/openapi/operation.ts'
import { routesOf } from '../../src/openapi/routes.ts'
import { int, struct, text } from '../../src/wire/schema.ts'
import type { RouteDeclaration } from './contract.ts'
import { json, startTestServer, type TestServer } from './test-server.ts'

const Rack = struct('Rack', { Name: text(), Units: int() })
const rackApi = {
  'PUT /v1/rack/:name': {
    summary: 'Changes a rack.',
    path: { name: 'The rack.' },
    query: {
      cas: { type: 'index', help: 'Only at this index.', empty: 'refused' },
      unread: { type: 'int', help: 'Nobody looks at it.' },
    },
    shared: 'datacenter',
    body: { help: 'The rack.', json: Rack, required: true, prefix: 'Bad rack: ' },
    answers: {},
  },
  'GET /v1/rack/:name': {
    summary: 'A rack.',
    path: { name: 'The rack.' },
    shared: 'datacenter',
    answers: {},
  },
} satisfies ApiDescription

let server: TestServer
beforeEach(async () => {
  const routes = routesOf(rackApi, {
    'PUT /v1/rack/:name': async (request) =>
      json([request.params.name, request.parameter('cas') ?? 'none', await request.read(), request.datacenter]),
    'GET /v1/rack/:name': (request) => json([request.datacenter, request.parameter('dc') ?? 'none']),
  })
  const undeclared: RouteDeclaration = {
    methods: ['PUT'],
    path: '/v1/shelf',
    summary: 'Asks for what nobody declared.',
    answer: async (request) => json([request.parameter('dc'), await request.read()]),
  }
  server = await startTestServer({ routes: () => [...routes, undeclared] })
})
afterEach(() => server.stop())

const put = (target: string, body: string) => server.send('PUT', `/v1/rack/${target}`, body)

test('parameters and bodies come as they are declared', async () => {
  const { status, text } = await put('r%2F1?cas=7&dc=DC1', '{"name":"a","Units":3}')
  expect([status, JSON.parse(text)]).toEqual([200, ['r/1', 7, { Name: 'a', Units: 3 }, 'dc1']])
  expect(JSON.parse((await put('r', '{}')).text)).toEqual(['r', 'none', { Name: '', Units: 0 }, 'dc1'])
  expect(JSON.parse((await server.get('/v1/rack/r?dc=dc2')).text)).toEqual(['dc2', 'dc2'])
})

test.for([
  ['r?cas=', '{}', 'Invalid value for ?cas: strconv.ParseUint: parsing "": invalid syntax'],
  ['r?cas=-1', '{}', 'Invalid value for ?cas: strconv.ParseUint: parsing "-1": invalid syntax'],
  ['r', '', 'Bad rack: EOF'],
  ['r', '{"Units":"3"}', 'Bad rack: field "Units" must be a number, not a string'],
  ['r', '[]', 'Bad rack: the body must be an object, not a list'],
] as const)('PUT %s with %j is refused', async ([target, body, sentence]) => {
  expect(await put(target, body)).toMatchObject({ status: 400, text: sentence })
})

test('a bad value that nobody looks at is nobody’s business', async () => {
  expect(await put('r?unread=x&index=x&wait=x', '{}')).toMatchObject({ status: 200 })
})

test('asking for what is not declared is a fault of the plugin', async () => {
  expect(await server.send('PUT', '/v1/shelf?dc=a', '{}')).toMatchObject({ status: 500 })
  expect(server.faults).toHaveLength(1)
})
