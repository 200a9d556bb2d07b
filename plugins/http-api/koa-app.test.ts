import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { RouteDeclaration } from './contract.ts'
import { json, startTestServer, type TestServer, text, wordReply } from './test-server.ts'

let server: TestServer

beforeAll(async () => {
  server = await startTestServer({ routes })
})

afterAll(() => server.stop())

function routes(store: TestServer['store']): RouteDeclaration[] {
  const summary = 'for the tests'
  return [
    { methods: ['GET', 'PUT', 'DELETE'], path: '/v1/word/*key', summary, hot: true, answer: answerWord },
    { methods: ['GET'], path: '/v1/catalog/nodes', summary, answer: () => json([]) },
    { methods: ['GET'], path: '/v1/agent/service/:id', summary, answer: ({ params }) => text(`service ${params.id}`) },
    {
      methods: ['PUT'],
      path: '/v1/agent/service/register',
      summary,
      answer: async (request) => json(await request.json()),
    },
    { methods: ['GET'], path: '/v1/query/:id/execute', summary, answer: ({ params }) => text(`execute ${params.id}`) },
    { methods: ['GET'], path: '/v1/query/:id', summary, answer: ({ params }) => text(`query ${params.id}`) },
    { methods: ['GET'], path: '/v1/query', summary, answer: () => text('queries') },
    { methods: ['POST'], path: '/v1/query', summary, answer: () => text('created') },
    {
      methods: ['GET'],
      path: '/v1/broken',
      summary,
      answer: () => {
        throw new TypeError('secret of the implementation')
      },
    },
  ]
  async function answerWord(request: Parameters<RouteDeclaration['answer']>[0]) {
    if (request.method === 'GET') return wordReply(store, request.rawParam('key'))
    return text(`${request.rawParam('key')} ${(await request.body()).length}`)
  }
}

describe('paths and methods', () => {
  test.for([['/v1/nope'], ['/v1'], ['/v1/'], ['/v2/kv/a'], ['/V1/catalog/nodes'], ['/v1/catalog/nodes/']])(
    '%s is not found, without a body or a type',
    async ([path]) => {
      const reply = await server.get(path!)
      expect(reply.status).toBe(404)
      expect(reply.text).toBe('')
      expect(reply.headers['content-type']).toBeUndefined()
      expect(reply.headers['x-consul-default-acl-policy']).toBeUndefined()
      expect(reply.headers.vary).toBeUndefined()
    },
  )

  test('the root says what this is', async () => {
    const reply = await server.get('/')
    expect(reply).toMatchObject({ status: 200, text: 'Consul Agent' })
    expect(reply.headers['content-type']).toBe('text/plain; charset=utf-8')
  })

  test.for([
    ['POST', '/v1/catalog/nodes', 'OPTIONS,GET'],
    ['PATCH', '/v1/query', 'OPTIONS,GET,POST'],
    ['GET', '/v1/agent/service/register', 'OPTIONS,PUT'],
    ['PROPFIND', '/v1/word/a', 'OPTIONS,GET,PUT,DELETE'],
  ])('%s %s is refused with the methods there are', async ([method, path, allow]) => {
    const reply = await server.send(method!, path!)
    expect(reply).toMatchObject({ status: 405, text: `method ${method} not allowed` })
    expect(reply.headers).toMatchObject({
      allow,
      'content-type': 'text/plain; charset=utf-8',
      'x-consul-default-acl-policy': 'allow',
    })
  })

  test('HEAD is not offered', async () => {
    const reply = await server.send('HEAD', '/v1/catalog/nodes')
    expect(reply).toMatchObject({ status: 405, text: '' })
    expect(reply.headers).toMatchObject({ allow: 'OPTIONS,GET', 'content-type': 'text/plain; charset=utf-8' })
  })

  test('OPTIONS lists the methods of an endpoint', async () => {
    const reply = await server.send('OPTIONS', '/v1/word/x', undefined, { Origin: 'http://example.com' })
    expect(reply).toMatchObject({ status: 200, text: '' })
    expect(reply.headers).toMatchObject({ allow: 'OPTIONS,GET,PUT,DELETE', 'x-consul-default-acl-policy': 'allow' })
    expect(reply.headers['content-type']).toBeUndefined()
    expect((await server.send('OPTIONS', '/v1/nope')).status).toBe(404)
  })

  test.for([
    ['/v1//catalog/nodes', '/v1/catalog/nodes'],
    ['/v1/word/../catalog/nodes', '/v1/catalog/nodes'],
    ['/v1/./catalog/nodes?pretty', '/v1/catalog/nodes?pretty'],
    ['//v1/catalog/nodes', '/v1/catalog/nodes'],
    ['/v1/%2e%2e/catalog/nodes', '/catalog/nodes'],
    ['/v1/word//a%20b/', '/v1/word/a%20b/'],
    ['/v1/word', '/v1/word/'],
  ])('%s is redirected to %s', async ([path, location]) => {
    const reply = await server.get(path!)
    expect(reply.status).toBe(301)
    expect(reply.headers.location).toBe(location)
    expect(reply.headers['content-type']).toBe('text/html; charset=utf-8')
    expect(reply.text).toBe(`<a href="${location}">Moved Permanently</a>.\n\n`)
    expect(reply.headers['x-consul-default-acl-policy']).toBeUndefined()
  })

  test.for([
    ['/v1/catalog%2Fnodes', '[]'],
    ['/v1/catalog/%6eodes', '[]'],
    ['/v1/query', 'queries'],
    ['/v1/query/a/execute', 'execute a'],
    ['/v1/query/a', 'query a'],
    ['/v1/query/', 'query '],
    ['/v1/agent/service/sp/a%20b:c', 'service sp/a b:c'],
    ['/v1/agent/service/', 'service '],
  ])('%s answers %s', async ([path, body]) => {
    expect(await server.get(path!)).toMatchObject({ status: 200, text: body })
  })

  test('parameters keep their bytes', async () => {
    const reply = await server.send('PUT', '/v1/word/%C3%BC%FF%25', 'abc')
    expect(reply.body.toString('utf8')).toBe(`${Buffer.from([0xc3, 0xbc, 0xff, 0x25]).toString('latin1')} 3`)
  })
})
