import { Agent, request as httpRequest } from 'node:http'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ApiRequest, Reply, RouteDeclaration } from './contract.ts'
import { empty, json, startTestServer, type TestServer, wordReply } from './test-server.ts'

let server: TestServer
const agent = new Agent({ keepAlive: true, maxSockets: 4 })

beforeAll(async () => {
  server = await startTestServer({ routes, options: { blockEndpoints: ['/v1/hot/word/no', '/v1/koa/word/no'] } })
  server.put('a', 'x')
  server.put('long', 'y'.repeat(3000))
})

afterAll(async () => {
  agent.destroy()
  await server.stop()
})

/** The same endpoints twice; those below `hot` are answered before Koa is entered. */
function routes(store: TestServer['store']): RouteDeclaration[] {
  const answer = async (request: ApiRequest): Promise<Reply> => {
    if (request.method === 'DELETE') return empty()
    const { index, consistency, datacenter, nodeMeta } = request.options
    return json({
      key: request.rawParam('key'),
      size: (await request.body()).length,
      index,
      consistency,
      datacenter,
      nodeMeta,
    })
  }
  return ['hot', 'koa'].flatMap((way) => {
    const declared = { summary: '', bodyLimitBytes: 20, hot: way === 'hot' }
    return [
      {
        methods: ['GET'],
        path: `/v1/${way}/word/*key`,
        answer: (it) => wordReply(store, it.rawParam('key')),
        ...declared,
      },
      { methods: ['PUT', 'DELETE'], path: `/v1/${way}/word/:key`, answer, ...declared },
      { methods: ['GET', 'PUT'], path: `/v1/${way}/fixed`, answer, ...declared },
    ] satisfies RouteDeclaration[]
  })
}

interface Sent {
  readonly method: string
  readonly path: string
  readonly body: string
  readonly headers: Record<string, string>
}

function send(way: string, { method, path, body, headers: own }: Sent): Promise<unknown> {
  // Node's client would send the body of a GET without saying how long it is.
  const headers = { ...own, 'Content-Length': String(Buffer.byteLength(body)) }
  return new Promise((resolve, reject) => {
    const asked = httpRequest(
      { host: '127.0.0.1', port: server.port, method, path: `/v1/${way}/${path}`, headers, agent },
      (reply) => {
        const chunks: Buffer[] = []
        reply.on('data', (chunk: Buffer) => chunks.push(chunk))
        reply.on('end', () => {
          const { date: _, ...rest } = reply.headers
          const whole = Buffer.concat(chunks).toString('latin1')
          const shown = JSON.stringify([reply.statusCode, rest, whole]).replaceAll(`/v1/${way}`, '/v1/WAY')
          resolve(JSON.parse(shown))
        })
      },
    )
    asked.on('error', reject)
    asked.end(body)
  })
}

test('the short way and Koa give the same replies', async () => {
  const pieces = [
    'a',
    'long',
    'none',
    '/',
    '//',
    '/../',
    '.',
    '%2F',
    '%20',
    '%00',
    '%ff',
    '%zz',
    '%',
    'no',
    '%C3%BC',
    ';',
    '+',
  ]
  const queries = [
    '',
    'pretty',
    'stale',
    'consistent',
    'index=1',
    'index=x',
    'wait=1ms',
    'wait=1',
    'dc=DC1',
    'dc=no',
    'a=%zz',
    'node-meta=a:b',
    'cached',
  ]
  const headers = [{}, { 'Accept-Encoding': 'gzip' }, { 'Cache-Control': 'max-age=x' }, { 'X-Consul-Token': 't' }]
  const sent = fc.record({
    method: fc.constantFrom('GET', 'GET', 'GET', 'PUT', 'DELETE', 'OPTIONS', 'POST', 'HEAD', 'PROPFIND'),
    path: fc
      .tuple(
        fc.constantFrom('word/', 'word/', 'word/', 'fixed', 'word', ''),
        fc.array(fc.constantFrom(...pieces), { maxLength: 3 }),
        fc.array(fc.constantFrom(...queries), { maxLength: 3 }),
      )
      .map(([start, rest, query]) => Buffer.from(`${start}${rest.join('')}?${query.join('&')}`).toString('latin1')),
    body: fc.constantFrom('', '', 'short', 'longer than twenty bytes'),
    headers: fc.constantFrom(...(headers as Record<string, string>[])),
  })
  const seen = new Set<unknown>()
  await fc.assert(
    fc.asyncProperty(sent, async (request) => {
      const [byKoa, byHot, again] = [await send('koa', request), await send('hot', request), await send('hot', request)]
      expect(byHot).toEqual(byKoa)
      expect(again).toEqual(byKoa)
      seen.add((byKoa as unknown[])[0])
    }),
    { numRuns: 1500, seed: 7 },
  )
  // The requests reach everything there is: a property over 404s alone would prove nothing.
  expect([...seen].sort()).toEqual([200, 301, 400, 403, 404, 405, 413, 500])
  expect(server.faults).toEqual([])
})
