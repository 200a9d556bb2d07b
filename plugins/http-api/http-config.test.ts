import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ConfigError } from '../../src/kernel/errors.ts'
import { configuredHeaders } from './reply-headers.ts'
import { json, startTestServer, type TestServer, text, wordReply } from './test-server.ts'

let server: TestServer

beforeAll(async () => {
  server = await startTestServer({
    options: {
      responseHeaders: { 'Access-Control-Allow-Origin': '*', 'x-custom-header': 'on', 'content-type': 'text/html' },
      blockEndpoints: ['/v1/agent/self', '/v1/word/secret'],
    },
    routes: (store) => [
      { methods: ['GET'], path: '/v1/agent/self', summary: '', answer: () => json({}) },
      { methods: ['GET'], path: '/v1/agent/services', summary: '', answer: () => json({}) },
      {
        methods: ['GET', 'PUT'],
        path: '/v1/word/*key',
        summary: '',
        hot: true,
        answer: (it) => (it.method === 'GET' ? wordReply(store, it.rawParam('key')) : text('put')),
      },
    ],
  })
})

afterAll(() => server.stop())

describe('configured headers', () => {
  test.for([
    ['GET', '/v1/agent/services', 200],
    ['GET', '/v1/nope', 404],
    ['GET', '/v1/word/a', 200],
    ['GET', '/v1/word/a', 200],
    ['PUT', '/v1/agent/services', 405],
    ['OPTIONS', '/v1/word/a', 200],
    ['GET', '/', 200],
    ['GET', '/v1//word/a', 301],
    ['GET', '/v1/word/%01', 400],
  ] as const)('are on the reply to %s %s', async ([method, path, status]) => {
    const reply = await server.send(method, path)
    expect(reply.status).toBe(status)
    expect(reply.headers).toMatchObject({ 'access-control-allow-origin': '*', 'x-custom-header': 'on' })
    expect(reply.headers['content-type'] ?? '').not.toBe('text/html')
  })

  test('that no client could read are refused', () => {
    expect(() => configuredHeaders({ 'a b': 'x' })).toThrow(ConfigError)
    expect(() => configuredHeaders({ a: 'x\r\ny' })).toThrow(/http_config\.response_headers: "a" cannot be sent/)
  })
})

describe('blocked endpoints', () => {
  test.for([
    ['GET', '/v1/agent/self'],
    ['GET', '/v1/agent%2Fself'],
    ['GET', '/v1/word/secret'],
    ['GET', '/v1/word/secret/deeper'],
    ['PUT', '/v1/word/secrets'],
    ['DELETE', '/v1/word/secret'],
  ] as const)('refuse %s %s by its beginning', async ([method, path]) => {
    const reply = await server.send(method, path)
    expect(reply).toMatchObject({ status: 403, text: 'Endpoint is blocked by agent configuration' })
    expect(reply.headers['content-type']).toBe('text/plain; charset=utf-8')
  })

  test('leave others alone', async () => {
    expect((await server.get('/v1/word/secre')).status).toBe(200)
    expect((await server.get('/v1/agent/services')).status).toBe(200)
  })
})
