import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { acceptsGzip } from './compression.ts'
import { json, startTestServer, type TestServer, text, wordReply } from './test-server.ts'

test.for([
  ['gzip', true],
  ['deflate, GZIP;q=0.5', true],
  ['gzip;q=0', false],
  ['identity', false],
  ['*', false],
  ['', false],
] as const)('a client that sends Accept-Encoding: %s takes gzip: %s', ([header, accepts]) => {
  expect(acceptsGzip(header)).toBe(accepts)
})

describe('a reply', () => {
  let server: TestServer

  beforeAll(async () => {
    server = await startTestServer({
      routes: (store) => [
        {
          methods: ['GET'],
          path: '/v1/word/*key',
          summary: '',
          hot: true,
          answer: (it) => wordReply(store, it.rawParam('key')),
        },
        { methods: ['GET'], path: '/v1/long', summary: '', answer: () => text('long '.repeat(40_000)) },
        { methods: ['GET'], path: '/v1/short', summary: '', answer: () => json(['short']) },
      ],
    })
  })

  afterAll(() => server.stop())

  test('that is short is never compressed, and varies all the same', async () => {
    const reply = await server.get('/v1/short', { 'Accept-Encoding': 'gzip' })
    expect(reply.headers['content-encoding']).toBeUndefined()
    expect(reply.headers.vary).toBe('Accept-Encoding')
  })

  test('that is long is compressed for clients that say so', async () => {
    const packed = await server.get('/v1/long', { 'Accept-Encoding': 'gzip' })
    expect(packed.headers['content-encoding']).toBe('gzip')
    expect(gunzipSync(packed.body).toString()).toBe('long '.repeat(40_000))
    expect((await server.get('/v1/long')).headers['content-encoding']).toBeUndefined()
  })

  test('of a live query follows what the client says, every time', async () => {
    server.put('long', 'z'.repeat(4000))
    for (const round of [1, 2, 3]) {
      const packed = await server.get('/v1/word/long', { 'Accept-Encoding': 'gzip' })
      const plain = await server.get('/v1/word/long')
      expect(packed.headers['content-encoding'], `round ${round}`).toBe('gzip')
      expect(plain.headers['content-encoding']).toBeUndefined()
      expect(gunzipSync(packed.body)).toEqual(plain.body)
      expect(packed.headers['x-consul-index']).toBe(plain.headers['x-consul-index'])
    }
  })
})
