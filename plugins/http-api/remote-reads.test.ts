import { afterEach, describe, expect, test } from 'vitest'
import { CallLostError } from '../../src/rpc/errors.ts'
import { Answer } from '../../src/store/answer.ts'
import type { CachedAnswer, Read, ReadManner, ReadPlace, RemoteAnswer, Rpc } from '../rpc/contract.ts'
import { startTestServer, type TestServer, wordReply } from './test-server.ts'

/** What reads ask of other servers, and what these answer. */
class FakeRpc {
  placed: ReadPlace = 'away'
  readonly asked: {
    readonly manner: ReadManner
    readonly minIndex: number
    readonly signal: AbortSignal | undefined
  }[] = []
  answer: (index: number, asked: ReadManner) => Promise<RemoteAnswer<unknown>> = async () => remote('theirs', 7)

  kept: ((index: number) => CachedAnswer<unknown>) | undefined

  readonly rpc = { place: () => this.placed } as unknown as Rpc

  read(query: Read<unknown>['query']): Read<unknown> {
    const ask = (minIndex: number, manner: ReadManner, signal?: AbortSignal) => {
      const { consistency, datacenter } = manner
      this.asked.push({ manner: { consistency, datacenter }, minIndex, signal })
      const aborted = new Promise<never>((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason)))
      return Promise.race([this.answer(minIndex, manner), aborted])
    }
    return {
      query,
      fetch: (manner, signal) => ask(0, manner, signal),
      wait: (minIndex, _waitMs, manner, signal) => ask(minIndex, manner, signal),
      cached: async (minIndex) => this.kept!(minIndex),
    }
  }
}

function remote(word: string, index: number, lastContactMs = 0): RemoteAnswer<unknown> {
  const owner = { encode: (value: unknown) => Buffer.from(JSON.stringify(value)), grew: () => {} }
  return {
    answer: new Answer<unknown>(owner, { Key: 'a', Word: word }, index),
    contact: { known: true, lastContactMs },
  }
}

let server: TestServer
afterEach(() => server.stop())

async function start(fake: FakeRpc): Promise<TestServer> {
  server = await startTestServer({
    rpc: fake.rpc,
    routes: (store) => [
      {
        methods: ['GET'],
        path: '/v1/word/:key',
        summary: 'A word.',
        hot: true,
        answer: ({ params }) => {
          const live = wordReply(store, params.key!, { effectiveConsistency: true, cacheable: params.key !== 'never' })
          return { ...live, remote: fake.read(live.query) }
        },
      },
    ],
  })
  return server
}

describe('a read that another server has to answer', () => {
  test('looks as if it were ours', async () => {
    const fake = new FakeRpc()
    const { get } = await start(fake)
    for (const round of [1, 2]) {
      const reply = await get('/v1/word/a')
      expect([round, reply.status, reply.text]).toEqual([round, 200, '{"Key":"a","Word":"theirs"}'])
      expect(reply.headers).toMatchObject({
        'x-consul-index': '7',
        'x-consul-knownleader': 'true',
        'x-consul-lastcontact': '0',
        'x-consul-effective-consistency': 'leader',
        'x-consul-query-backend': 'blocking-query',
      })
    }
    await get('/v1/word/a?index=6&dc=dc2&stale')
    expect(fake.asked.map(({ manner, minIndex }) => [manner.consistency, manner.datacenter, minIndex])).toEqual([
      ['default', 'dc1', 0],
      ['default', 'dc1', 0],
      ['stale', 'dc2', 6],
    ])
  })

  test('is refused in that server’s words', async () => {
    const fake = new FakeRpc()
    fake.answer = async () => {
      throw new CallLostError('EOF')
    }
    const reply = await (await start(fake)).get('/v1/word/a')
    expect([reply.status, reply.text]).toEqual([500, 'rpc error making call: EOF'])
    expect(reply.headers['x-consul-knownleader']).toBe('false')
  })

  test('is asked of the leader when the answer is older than the reader takes', async () => {
    const fake = new FakeRpc()
    fake.answer = async (_index, { consistency }) =>
      consistency === 'stale' ? remote('old', 5, 3000) : remote('new', 7)
    const { get } = await start(fake)
    const fresh = await get('/v1/word/a?max_stale=5s')
    expect([fresh.text, fresh.headers['x-consul-lastcontact']]).toEqual(['{"Key":"a","Word":"old"}', '3000'])
    const reply = await get('/v1/word/a?max_stale=2s')
    expect([reply.text, reply.headers['x-consul-effective-consistency']]).toEqual([
      '{"Key":"a","Word":"new"}',
      'leader',
    ])
  })

  test('is answered from what is kept of it when the reader is content with that, and says how old it is', async () => {
    const fake = new FakeRpc()
    const { get } = await start(fake)
    const shown = async (query: string) => {
      const { text, headers } = await get(`/v1/word/${query}`)
      const [, word] = /"Word":"(\w+)"/.exec(text)!
      return [word, headers['x-consul-index'], headers['x-cache'], headers.age]
    }
    fake.kept = (index) => ({ ...remote(`kept${index}`, 9), hit: false, ageMs: 0 })
    expect(await shown('a?cached')).toEqual(['kept0', '9', 'MISS', undefined])
    expect(await shown('a?cached&index=8')).toEqual(['kept8', '9', 'MISS', undefined])
    fake.kept = () => ({ ...remote('kept', 9), hit: true, ageMs: 0 })
    expect(await shown('a?cached')).toEqual(['kept', '9', 'HIT', '0'])
    fake.kept = () => ({ ...remote('kept', 9), hit: true, ageMs: 61_400 })
    expect(await shown('a?cached')).toEqual(['kept', '9', 'HIT', '61'])
    expect(fake.asked).toEqual([])
    expect(await shown('a')).toEqual(['theirs', '7', undefined, undefined])
    expect(await shown('never?cached')).toEqual(['theirs', '7', undefined, undefined])
  })

  test('is given up with its client', async () => {
    const fake = new FakeRpc()
    let asked = () => {}
    const began = new Promise<void>((resolve) => {
      asked = resolve
    })
    fake.answer = () => {
      asked()
      return new Promise(() => {})
    }
    const { port } = await start(fake)
    const gone = new AbortController()
    const request = fetch(`http://127.0.0.1:${port}/v1/word/a?index=7`, { signal: gone.signal })
    const failed = expect(request).rejects.toThrow()
    await began
    const { signal } = fake.asked[0]!
    const aborted = new Promise<void>((resolve) => signal!.addEventListener('abort', () => resolve()))
    gone.abort()
    await failed
    await aborted
  })
})

test('a reader who waited here is answered elsewhere when this server leads no more', async () => {
  const fake = new FakeRpc()
  fake.placed = 'here'
  const { get, put } = await start(fake)
  const index = put('a', 'one')
  expect((await get('/v1/word/a')).text).toContain('one')
  const waiting = get(`/v1/word/a?index=${index}`)
  await new Promise((resolve) => setImmediate(resolve))
  while (server.store.queries.statistics().readers === 0) await new Promise((resolve) => setImmediate(resolve))
  fake.placed = 'away'
  put('a', 'ours')
  expect((await waiting).text).toContain('theirs')
  expect(fake.asked.map(({ minIndex }) => minIndex)).toEqual([index])
  // What was remembered of the URL is not the leader's word either.
  expect((await get('/v1/word/a')).text).toContain('theirs')
})
