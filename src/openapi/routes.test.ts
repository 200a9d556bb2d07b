import { describe, expect, expectTypeOf, test } from 'vitest'
import { askRoute } from '../testing/ask-route.ts'
import { bool, int, list, struct, text } from '../wire/schema.ts'
import type { AnswerOf, ApiDescription, BodyOf } from './operation.ts'
import { type HandlersOf, routesOf } from './routes.ts'

const Rack = struct('Rack', { Name: text(), Units: int() })
const racksApi = {
  'GET /v1/rack/:name': {
    summary: 'A rack.',
    path: { name: 'The rack.' },
    query: {
      limit: { type: 'int', help: 'Most to give.' },
      deep: { type: 'flag', help: 'All of it.' },
      tag: { type: 'list', help: 'Tags.' },
      side: { type: 'text', help: 'Front or back.', required: true },
      filter: { type: 'text', help: 'Expression.' },
    },
    shared: 'blocking',
    answers: { 200: { help: 'Racks.', json: [list(Rack), list(text())] } },
  },
  'PUT /v1/rack': {
    summary: 'Adds a rack.',
    body: { help: 'The rack.', json: Rack, required: true, prefix: 'Bad rack: ' },
    answers: { 200: { help: 'Added.', json: bool() } },
  },
} satisfies ApiDescription

const plain = (value: unknown) =>
  ({ kind: 'plain', status: 200, type: 'application/json', body: JSON.stringify(value) }) as const

const handlers: HandlersOf<typeof racksApi> = {
  'GET /v1/rack/:name': (request) => {
    expectTypeOf(request.parameter('limit')).toEqualTypeOf<number | undefined>()
    expectTypeOf(request.parameter('deep')).toEqualTypeOf<boolean>()
    expectTypeOf(request.parameter('tag')).toEqualTypeOf<readonly string[]>()
    expectTypeOf(request.parameter('side')).toEqualTypeOf<string>()
    expectTypeOf(request.parameter('dc')).toEqualTypeOf<string | undefined>()
    expectTypeOf(request.read).returns.resolves.toEqualTypeOf<never>()
    const { params, parameter } = request
    return plain([params.name, parameter('limit'), parameter('deep'), parameter('tag'), parameter('side')])
  },
  'PUT /v1/rack': async (request) => plain(await request.read()),
}
const routes = routesOf(racksApi, handlers)

describe('routes of a declaration', () => {
  test('have method, path and summary from it', () => {
    expect(routes).toMatchObject([
      { methods: ['GET'], path: '/v1/rack/:name', summary: 'A rack.', hot: false },
      { methods: ['PUT'], path: '/v1/rack', operations: { PUT: racksApi['PUT /v1/rack'] } },
    ])
  })

  test('get parameters and bodies as they are declared', async () => {
    const read = await askRoute(routes, 'GET', '/v1/rack/r1?limit=-3&deep&tag=a&tag=b&side=back')
    expect(read).toEqual(plain(['r1', -3, true, ['a', 'b'], 'back']))
    expect(await askRoute(routes, 'PUT', '/v1/rack', { body: { name: 'r2' } })).toEqual(plain({ Name: 'r2', Units: 0 }))
  })

  test('refuse what is not as declared, by name', async () => {
    expect(() => askRoute(routes, 'GET', '/v1/rack/r1')).toThrow('Invalid value for ?side: it is missing')
    const put = (body: unknown) => askRoute(routes, 'PUT', '/v1/rack', { body })
    await expect(put({ Units: [] })).rejects.toThrow('Bad rack: field "Units" must be a number, not a list')
    await expect(put('')).rejects.toThrow('Bad rack: EOF')
  })

  test('must explain the parameters of their path', () => {
    const api = { 'GET /v1/a/:b': { summary: '', path: { c: '' }, answers: {} } } satisfies ApiDescription
    expect(() => routesOf(api, { 'GET /v1/a/:b': () => plain(0) })).toThrow('must explain its parameters')
  })
})

test('types follow from the declaration', () => {
  expectTypeOf<AnswerOf<(typeof racksApi)['PUT /v1/rack']>>().toEqualTypeOf<boolean>()
  expectTypeOf<BodyOf<(typeof racksApi)['PUT /v1/rack']>>().toEqualTypeOf<{ Name: string; Units: number }>()
  type Racks = readonly { Name: string; Units: number }[] | readonly string[] | null
  expectTypeOf<AnswerOf<(typeof racksApi)['GET /v1/rack/:name']>>().toEqualTypeOf<Racks>()
})

test('types refuse what is not as declared', () => {
  const { 'GET /v1/rack/:name': get, 'PUT /v1/rack': put } = handlers
  // Never called: `tsc` fails when one of these is no error any more.
  const refused = () => {
    // @ts-expect-error: a handler is missing
    routesOf(racksApi, { 'PUT /v1/rack': put })
    // @ts-expect-error: one is superfluous
    routesOf(racksApi, { 'GET /v1/rack/:name': get, 'PUT /v1/rack': put, 'PUT /v1/shelf': put })
    routesOf(racksApi, {
      // @ts-expect-error: no such parameter is declared
      'GET /v1/rack/:name': (request) => plain(request.parameter('width')),
      // @ts-expect-error: nor is there one in the path
      'PUT /v1/rack': ({ params }) => plain(params.name),
    })
    routesOf(racksApi, {
      // @ts-expect-error: `near` is not declared
      'GET /v1/rack/:name': ({ options: { filter, near } }) => plain([filter, near]),
      'PUT /v1/rack': put,
    })
  }
  expect(refused).toBeTypeOf('function')
})
