import { request as httpRequest } from 'node:http'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { ProconsulError } from '../../src/kernel/errors.ts'
import { VirtualClock } from '../../src/testing/virtual-clock.ts'
import type { LiveReply, RenderedAnswer } from './contract.ts'
import { startTestServer, type TestServer, wordReply } from './test-server.ts'

let server: TestServer
let clock: VirtualClock
let handled = 0
let rendered = 0

const render: LiveReply['render'] = (value: { Word: string } | undefined, bytes): RenderedAnswer => {
  rendered++
  if (value === undefined) return { status: 404, type: undefined, body: '' }
  if (value.Word === 'bad') throw new Refusal('Invalid value for ?passing')
  return { status: 200, type: 'application/json', body: bytes() }
}

class Refusal extends ProconsulError {
  override readonly status = 400
}

beforeEach(async () => {
  clock = new VirtualClock()
  handled = 0
  rendered = 0
  server = await startTestServer({
    clock,
    routes: (store) =>
      ['hot', 'koa'].map((way) => ({
        methods: ['GET'],
        path: `/v1/${way}/*key`,
        summary: '',
        hot: way === 'hot',
        answer: (request) => {
          handled++
          const key = request.rawParam('key')
          if (key.startsWith('catalog/')) return wordReply(store, key, { effectiveConsistency: true, cacheable: true })
          if (key.startsWith('stream/')) return wordReply(store, key, { blockingBackend: 'streaming' })
          if (key === 'unasked') return { kind: 'failedRead', error: new Refusal('bad filter') }
          return wordReply(store, key, { render })
        },
      })),
  })
})

afterEach(() => server.stop())

/** Resolves when that many requests wait for their answers. */
async function untilWaiting(count: number): Promise<void> {
  await vi.waitFor(() => expect(server.store.queries.statistics().readers).toBe(count), { interval: 1 })
}

describe.for(['hot', 'koa'])('a live read by the %s way', (way) => {
  test('carries index, leader, contact and backend', async () => {
    server.consensus.lastContactMs = 12.4
    const index = server.put('a', 'x')
    const reply = await server.get(`/v1/${way}/a`)
    expect(reply).toMatchObject({ status: 200, text: '{"Key":"a","Word":"x"}' })
    expect(reply.headers).toMatchObject({
      'content-type': 'application/json',
      'x-consul-index': String(index),
      'x-consul-knownleader': 'true',
      'x-consul-lastcontact': '12',
      'x-consul-query-backend': 'blocking-query',
      'x-consul-default-acl-policy': 'allow',
    })
    expect(reply.headers['x-consul-effective-consistency']).toBeUndefined()
  })

  test('never shows index 0', async () => {
    const reply = await server.get(`/v1/${way}/none`)
    expect(reply).toMatchObject({ status: 404, text: '' })
    expect(reply.headers['x-consul-index']).toBe('1')
    expect(reply.headers['content-type']).toBeUndefined()
  })

  test('asked again, follows every change of answer, index and leader', async () => {
    for (const round of [1, 2, 3]) {
      const index = server.put('a', `word ${round}`)
      server.consensus.lastContactMs = round
      const replies = await Promise.all([server.get(`/v1/${way}/a`), server.get(`/v1/${way}/a`)])
      for (const reply of replies) {
        expect(reply.text).toContain(`word ${round}`)
        expect(reply.headers).toMatchObject({ 'x-consul-index': String(index), 'x-consul-lastcontact': String(round) })
      }
      const missing = server.put('b', `word ${round}`)
      expect((await server.get(`/v1/${way}/none`)).headers['x-consul-index']).toBe(String(missing))
    }
  })

  test('needs a leader unless it may be stale', async () => {
    server.put('a', 'x')
    await server.get(`/v1/${way}/a`)
    await server.get(`/v1/${way}/a?stale`)
    server.consensus.leaderKnown = false
    const reply = await server.get(`/v1/${way}/a`)
    expect(reply).toMatchObject({ status: 500, text: 'No cluster leader' })
    expect(reply.headers).toMatchObject({ 'x-consul-index': '1', 'x-consul-knownleader': 'false' })
    const stale = await server.get(`/v1/${way}/a?stale`)
    expect(stale.status).toBe(200)
    expect(stale.headers['x-consul-knownleader']).toBe('false')
  })

  test('that is to be consistent confirms the leader each time', async () => {
    server.put('catalog/a', 'x')
    for (const round of [1, 2]) {
      const reply = await server.get(`/v1/${way}/catalog/a?consistent`)
      expect(reply.headers['x-consul-effective-consistency']).toBe('consistent')
      expect(server.consensus.verified).toBe(round)
    }
    server.consensus.verifyLeader = async () => {
      throw new Refusal('leadership lost')
    }
    expect(await server.get(`/v1/${way}/catalog/a?consistent`)).toMatchObject({ status: 400, text: 'leadership lost' })
  })

  test('names its effective consistency where Consul does', async () => {
    server.put('catalog/a', 'x')
    for (const [query, name] of [
      ['', 'leader'],
      ['?stale', 'stale'],
      ['?max_stale=5s', 'stale'],
    ] as const) {
      const reply = await server.get(`/v1/${way}/catalog/a${query}`)
      expect(reply.headers['x-consul-effective-consistency']).toBe(name)
    }
  })

  test('of another datacenter fails without having met a leader', async () => {
    const reply = await server.get(`/v1/${way}/catalog/a?dc=nope`)
    expect(reply).toMatchObject({ status: 500, text: 'No path to datacenter' })
    expect(reply.headers).toMatchObject({
      'content-type': 'text/plain; charset=utf-8',
      'x-consul-index': '1',
      'x-consul-knownleader': 'false',
      'x-consul-lastcontact': '0',
      'x-consul-query-backend': 'blocking-query',
    })
    expect(reply.headers['x-consul-effective-consistency']).toBeUndefined()
    expect(await server.get(`/v1/${way}/catalog/a?dc=DC1`)).toMatchObject({ status: 200 })
  })

  test('refused before or while it was answered has the headers of a read', async () => {
    const before = await server.get(`/v1/${way}/unasked`)
    expect(before).toMatchObject({ status: 400, text: 'bad filter' })
    expect(before.headers).toMatchObject({ 'x-consul-index': '1', 'x-consul-knownleader': 'false' })
    const index = server.put('a', 'bad')
    for (const _ of [1, 2]) {
      const during = await server.get(`/v1/${way}/a`)
      expect(during).toMatchObject({ status: 400, text: 'Invalid value for ?passing' })
      expect(during.headers).toMatchObject({ 'x-consul-index': String(index), 'x-consul-knownleader': 'true' })
    }
  })

  test('from the cache is a miss once and then a hit', async () => {
    server.put('catalog/c', 'x')
    const miss = await server.get(`/v1/${way}/catalog/c?cached`)
    const hit = await server.get(`/v1/${way}/catalog/c?cached`)
    expect(miss.headers['x-cache']).toBe('MISS')
    expect(miss.headers.age).toBeUndefined()
    expect(hit.headers).toMatchObject({ 'x-cache': 'HIT', age: '0' })
    expect((await server.get(`/v1/${way}/catalog/c`)).headers['x-cache']).toBeUndefined()
  })

  test('is indented on request', async () => {
    server.put('a', 'x')
    const pretty = '{\n    "Key": "a",\n    "Word": "x"\n}\n'
    expect((await server.get(`/v1/${way}/a?pretty`)).text).toBe(pretty)
    expect((await server.get(`/v1/${way}/a?pretty=1`)).text).toBe(pretty)
    expect((await server.get(`/v1/${way}/a`)).text).not.toBe(pretty)
  })

  test('waits for its own answer to change', async () => {
    const index = server.put('a', 'x')
    const reply = server.get(`/v1/${way}/a?index=${index}&wait=20s`)
    await untilWaiting(1)
    server.put('b', 'other')
    await clock.advance(1000)
    expect(server.store.queries.statistics().readers).toBe(1)
    const changed = server.put('a', 'y')
    expect((await reply).text).toContain('"y"')
    expect((await reply).headers['x-consul-index']).toBe(String(changed))
    // The connection ends behind its answer, and its own timer with it.
    await vi.waitFor(() => expect(clock.pending).toBe(0), { interval: 1 })
  })

  test('that is behind is answered at once', async () => {
    server.put('a', 'x')
    const index = server.put('a', 'y')
    expect((await server.get(`/v1/${way}/a?index=${index - 1}`)).text).toContain('"y"')
  })

  test('waits no longer than it said, and then gives the answer as it is', async () => {
    const index = server.put('a', 'x')
    const reply = server.get(`/v1/${way}/a?index=${index}&wait=16s`)
    await untilWaiting(1)
    await clock.advance(15_999)
    expect(server.store.queries.statistics().readers).toBe(1)
    await clock.advance(1_001)
    expect((await reply).headers['x-consul-index']).toBe(String(index))
    expect(server.store.queries.statistics().readers).toBe(0)
  })

  test('that waits on a stream of events says so', async () => {
    const index = server.put('stream/a', 'x')
    const first = await server.get(`/v1/${way}/stream/a`)
    expect(first.headers).toMatchObject({ 'x-consul-query-backend': 'blocking-query', 'x-consul-knownleader': 'true' })
    const reply = server.get(`/v1/${way}/stream/a?index=${index}`)
    await untilWaiting(1)
    server.put('stream/a', 'y')
    expect((await reply).headers).toMatchObject({
      'x-consul-query-backend': 'streaming',
      'x-consul-knownleader': 'false',
    })
  })

  test('leaves nothing behind when the client hangs up', async () => {
    const index = server.put('a', 'x')
    const asked = httpRequest({ port: server.port, host: '127.0.0.1', path: `/v1/${way}/a?index=${index}` })
    asked.on('error', () => {})
    asked.end()
    await untilWaiting(1)
    asked.destroy()
    await untilWaiting(0)
    expect(clock.pending).toBe(0)
    expect(server.faults).toEqual([])
  })

  test('that waits is answered when the agent stops', async () => {
    const index = server.put('a', 'x')
    const reply = server.get(`/v1/${way}/a?index=${index}`)
    await untilWaiting(1)
    await server.stop()
    expect((await reply).text).toContain('"x"')
  })

  test('shared by many is rendered once per change', async () => {
    const index = server.put('a', 'x')
    const replies = Array.from({ length: 50 }, () => server.get(`/v1/${way}/a?index=${index}`))
    await untilWaiting(50)
    const before = { rendered, ...server.store.queries.statistics() }
    server.put('a', 'y')
    for (const reply of await Promise.all(replies)) expect(reply.text).toContain('"y"')
    const after = server.store.queries.statistics()
    expect(rendered - before.rendered).toBe(1)
    expect(after.evaluations - before.evaluations).toBe(1)
    expect(after.encodings - before.encodings).toBe(1)
  })
})

test('a hot read asked again does not come to its handler', async () => {
  server.put('a', 'x')
  for (const _ of [1, 2, 3]) await server.get('/v1/hot/a')
  expect(handled).toBe(1)
  await server.get('/v1/hot/a', { 'Cache-Control': 'no-cache' })
  await server.get('/v1/hot/a', { 'X-Consul-Token': 'secret' })
  await server.get('/v1/hot/a', { authorization: 'Bearer secret' })
  expect(handled).toBe(4)
})
