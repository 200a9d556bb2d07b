import { mkdtemp, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Random } from '../../src/kernel/random.ts'
import { seededRandom } from '../../src/testing/seeded-random.ts'
import type { ApiRequest, Reply, RouteDeclaration } from './contract.ts'
import { json, startTestServer, type TestServer, text, wordReply } from './test-server.ts'

// More of them for a long run: FUZZ_REQUESTS=1000000 vitest run plugins/http-api/fuzz.test.ts
const requests = Number(process.env.FUZZ_REQUESTS ?? 20_000)
const seed = Number(process.env.FUZZ_SEED ?? 1)
const atATime = 32

let server: TestServer
let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'http-fuzz-'))
  server = await startTestServer({
    routes,
    node: { clientAddresses: ['127.0.0.1', `unix://${join(folder, 'http.sock')}`] },
  })
  server.put('a', 'x')
})

afterAll(async () => {
  await server.stop()
  await rm(folder, { recursive: true })
})

function routes(store: TestServer['store']): RouteDeclaration[] {
  const answer = async (request: ApiRequest): Promise<Reply> => {
    if (request.method === 'GET') return wordReply(store, request.rawParam('key'))
    void request.options
    if (request.query.has('json')) return json((await request.json()) ?? null)
    return text(String((await request.body()).length))
  }
  return ['hot', 'koa'].map((way) => ({
    methods: ['GET', 'PUT', 'DELETE'],
    path: `/v1/${way}/*key`,
    summary: '',
    hot: way === 'hot',
    bodyLimitBytes: 200,
    answer,
  }))
}

const originals = ['hot', 'koa'].flatMap((way) => [
  `GET /v1/${way}/a HTTP/1.1\r\nHost: x\r\nAccept-Encoding: gzip\r\n\r\n`,
  `GET /v1/${way}/a?index=1&wait=1ms&stale HTTP/1.1\r\nHost: x\r\n\r\n`,
  `GET /v1/${way}/b%20c?dc=dc1&near=_agent&node-meta=a:b&pretty HTTP/1.1\r\nHost: x\r\nCache-Control: max-age=3\r\n\r\n`,
  `PUT /v1/${way}/a?json HTTP/1.1\r\nHost: x\r\nContent-Length: 13\r\n\r\n{"a":[1,2,3]}`,
  `PUT /v1/${way}/a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n`,
  `PUT /v1/${way}/a HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\nabc`,
  `OPTIONS /v1/${way}/a HTTP/1.1\r\nHost: x\r\n\r\nGET /v1//${way} HTTP/1.0\r\n\r\n`,
  `PUT /v1/${way}/a HTTP/1.1\r\nHost: x\r\nContent-Length: 201\r\n\r\n`,
  `POST /v1/${way}/a HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc`,
  `DELETE /v1/${way}/a?consistent HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`,
])

const tokens = [
  '%00',
  '%zz',
  '%',
  '//',
  '/../',
  '\r\n',
  '\n',
  '\r',
  '\0',
  ' ',
  '\t',
  '?',
  '&',
  '=',
  ';',
  ':',
  '#',
  '"',
  '\u00ff',
  'HTTP/1.0',
  'HTTP/2.0',
  'CONNECT',
  'TRACE',
  'PRI',
  '*',
  'http://y/',
  'chunked',
  'Expect: 100-continue\r\n',
  'Transfer-Encoding: chunked\r\n',
  'Content-Length: 0\r\n',
  'Content-Length: 99999999999999999999\r\n',
  'Content-Length: -1\r\n',
  'Upgrade: h2c\r\nConnection: upgrade\r\n',
  'index=99',
  'wait=-1s',
  'wait=1ns',
  'recurse',
  'ffffffffffffffff\r\n',
  '0\r\n\r\n',
  '[[[[',
  '\u00ed\u00a0\u0080',
  'x'.repeat(300),
  '/'.repeat(50),
]

function mutate(original: string, random: Random): string {
  let bytes = original
  for (let times = random.below(4); times >= 0; times--) {
    const at = random.below(bytes.length + 1)
    const end = Math.min(bytes.length, at + random.below(12))
    const token = tokens[random.below(tokens.length)]!
    const other = originals[random.below(originals.length)]!
    const letter = String.fromCharCode(random.below(256))
    const changes = [
      () => bytes.slice(0, at) + bytes.slice(end),
      () => bytes.slice(0, at),
      () => bytes.slice(0, at) + token + bytes.slice(at),
      () => bytes.slice(0, at) + token + bytes.slice(end),
      () => bytes.slice(0, at) + letter + bytes.slice(at + 1),
      () => bytes.slice(0, end) + bytes.slice(at),
      () => bytes.slice(0, at) + other.slice(random.below(other.length)),
      () => bytes + other,
    ]
    bytes = changes[random.below(changes.length)]!()
  }
  return bytes
}

/** Sends bytes, hangs up on its side, and resolves with all that came back until the server closed. */
function exchange(bytes: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(join(folder, 'http.sock'))
    let received = ''
    socket.setEncoding('latin1')
    socket.on('data', (data: string) => {
      received += data
    })
    socket.on('error', () => {})
    const timer = setTimeout(() => resolve(`${hung}: ${received}`), 4000)
    socket.on('close', () => {
      clearTimeout(timer)
      resolve(received)
    })
    socket.write(bytes, 'latin1')
    // Some time for an answer, and none for a request that is not complete.
    setImmediate(() => setImmediate(() => socket.end()))
  })
}

const hung = 'the server neither answered nor hung up'
const replyHead = /HTTP\/1\.1 (\d{3}) /g
const knownStatus = new Set([100, 200, 301, 400, 404, 405, 408, 413, 417, 431, 500])

test(`${requests} mutated requests are answered or refused, and the server is as it was`, {
  timeout: 100_000,
}, async () => {
  const random = seededRandom(seed)
  const seen = new Map<number, number>()
  for (let sent = 0; sent < requests; sent += atATime) {
    const batch = Array.from({ length: Math.min(atATime, requests - sent) }, () => {
      return mutate(originals[random.below(originals.length)]!, random)
    })
    const replies = await Promise.all(batch.map(exchange))
    for (const [index, reply] of replies.entries()) {
      if (reply !== '' && !reply.startsWith(hung)) {
        expect(reply, JSON.stringify(batch[index])).toMatch(/^HTTP\/1\.1 \d{3} /)
      }
      for (const [, status] of reply.matchAll(replyHead)) {
        seen.set(Number(status), (seen.get(Number(status)) ?? 0) + 1)
        expect(knownStatus, `${JSON.stringify(batch[index])} → ${reply}`).toContain(Number(status))
      }
      expect(reply).not.toContain('Internal error')
      expect(reply, JSON.stringify(batch[index])).not.toContain(hung)
    }
  }
  for (const status of [200, 301, 400, 404, 405, 413]) expect(seen.get(status) ?? 0, String(status)).toBeGreaterThan(0)
  expect(server.faults).toEqual([])
  expect(server.store.queries.statistics().readers).toBe(0)
  expect((await server.get('/v1/hot/a')).status).toBe(200)
  expect((await server.get('/v1/koa/a')).status).toBe(200)
})
