import { describe, expect, test } from 'vitest'
import { readMethod } from '../../src/rpc/method.ts'
import type { Answer } from '../../src/store/answer.ts'
import { Store } from '../../src/store/store.ts'
import { defineTable } from '../../src/store/table.ts'
import { seededRandom } from '../../src/testing/seeded-random.ts'
import { VirtualClock } from '../../src/testing/virtual-clock.ts'
import { struct, text } from '../../src/wire/schema.ts'
import { DCSpecificRequest, queryMeta } from '../../src/wire/structs/query.ts'
import type { Consensus } from '../raft/contract.ts'
import type { AnswerCache } from './answer-cache.ts'
import { MethodsHere } from './here.ts'
import { forgottenAfterMs, KeptAnswers } from './kept-answers.ts'
import { MethodRead } from './method-read.ts'
import { Places } from './places.ts'
import type { RoutedCall, Routing } from './routing.ts'
import type { ServerList } from './server-list.ts'

interface Page {
  readonly Name: string
  readonly Words: string
}

const pages = defineTable({ name: 'pages', key: (row: Page) => row.Name })

/** A read of one long text; of two, `near` stands for an order that no index tells of. */
const pageGet = readMethod({
  name: 'Page.Get',
  request: DCSpecificRequest,
  reply: struct('IndexedPage', { Words: text(), ...queryMeta }),
  toRequest: (near: string) => ({ Source: { Datacenter: '', Segment: '', Node: near, Ip: '' } }),
  fromRequest: ({ Source }) => Source.Node,
  question: (near) => ({
    key: `page near ${near}`,
    read: (view) => view.table(pages).get('one')?.Words ?? '',
    index: (view) => view.tableIndex('pages'),
    encode: (words: string) => Buffer.from(words),
  }),
  toReply: (Words: string) => ({ Words }),
  fromReply: ({ Words }) => Words,
})

const manner = { consistency: 'default', datacenter: '' } as const
const shown = ({ index, value }: Answer<string>) => [index, value]
const long = (letter: string) => letter.repeat(10_000)

/** A client agent and the server that it asks. */
class Stage {
  readonly clock = new VirtualClock()
  readonly serverStore = new Store([pages])
  readonly kept = new KeptAnswers(this.clock)
  /** Bytes of each reply. */
  readonly sent: number[] = []
  readonly #setup

  constructor() {
    const random = seededRandom(1)
    const consensus = {
      role: 'leader',
      holdsReadLease: true,
      leader: () => ({ id: 'a', address: 'a' }),
      lastContactMs: () => 0,
    } as Partial<Consensus> as Consensus
    const places = new Places({ datacenter: 'dc1', servers: {} as ServerList })
    places.serve(consensus)
    const server = new MethodsHere({ store: this.serverStore, consensus, places, clock: this.clock, random })
    const routing: Pick<Routing, 'run'> = {
      run: async <Result>(call: RoutedCall<Result>) => {
        const request = pageGet.request.decode(call.body())
        const bytes = await server.answer({ kind: 'live', method: pageGet }, request, manner, call.signal)
        this.sent.push(bytes.length)
        return call.arrived(bytes)
      },
    }
    this.#setup = {
      store: new Store([pages]),
      routing: routing as Routing,
      here: () => server,
      clock: this.clock,
      watches: new Map(),
      cache: {} as AnswerCache,
      kept: this.kept,
    }
  }

  write(index: number, words: string): void {
    this.serverStore.transact(index, (tx) => {
      tx.table(pages).put({ Name: 'one', Words: words })
      tx.setTableIndex('pages')
    })
  }

  fetch(near = '') {
    return new MethodRead(this.#setup, pageGet, near).fetch(manner)
  }

  /** A reader who has seen `index`, and waits ten seconds; `meanwhile` happens while he does. */
  async waited(index: number, near = '', meanwhile = () => {}) {
    const answer = new MethodRead(this.#setup, pageGet, near).wait(index, 10_000, manner)
    await this.clock.advance(100)
    meanwhile()
    await this.clock.advance(100)
    await this.clock.advance(10_000)
    await this.clock.advance(5)
    return (await answer).answer
  }
}

describe('a reader who waits again and again', () => {
  test('gets an answer that is sent once, until it changes', async () => {
    const stage = new Stage()
    stage.write(5, long('a'))
    expect((await stage.fetch()).answer.index).toBe(5)
    const first = await stage.waited(5)
    expect(stage.sent.map((bytes) => bytes > 10_000)).toEqual([true, true])
    for (let again = 0; again < 3; again++) expect(await stage.waited(5)).toBe(first)
    expect(stage.sent.slice(2).every((bytes) => bytes < 200)).toBe(true)
    expect(stage.sent.length).toBeGreaterThanOrEqual(5)

    expect(shown(await stage.waited(5, '', () => stage.write(6, long('b'))))).toEqual([6, long('b')])
    // The next call of those who wait is made with what the last one brought.
    expect(shown(await stage.waited(6))).toEqual([6, long('b')])
    expect(stage.sent.at(-1)).toBeLessThan(200)
  })

  test('is told of a change that came between two waits', async () => {
    const stage = new Stage()
    stage.write(5, long('a'))
    await stage.waited(5)
    stage.write(7, long('c'))
    expect(shown(await stage.waited(5))).toEqual([7, long('c')])
  })

  test('is sent rows in the order of distance each time: that may change without an index', async () => {
    const stage = new Stage()
    stage.write(5, long('a'))
    await stage.waited(5, 'here')
    await stage.waited(5, 'here')
    expect(stage.sent.every((bytes) => bytes > 10_000)).toBe(true)
  })

  test('who asks without waiting gets an answer of his own', async () => {
    const stage = new Stage()
    stage.write(5, long('a'))
    await stage.waited(5)
    await stage.fetch()
    expect(stage.sent.at(-1)).toBeGreaterThan(10_000)
  })
})

describe('what is kept', () => {
  const answer = {} as Answer<unknown>

  test('is large, and not more than memory allows: who was not asked for longest goes first', () => {
    const kept = new KeptAnswers(new VirtualClock())
    kept.keep('small', answer, 100)
    expect(kept.find('small')).toBeUndefined()
    for (let number = 0; number < 16; number++) kept.keep(`${number}`, answer, 2 ** 20)
    expect(kept.find('0')).toBe(answer)
    kept.keep('more', answer, 2 ** 20)
    expect([kept.size, kept.find('0'), kept.find('1')]).toEqual([16, answer, undefined])
    kept.keep('0', answer, 100)
    expect([kept.size, kept.find('0')]).toEqual([15, undefined])
  })

  test('is forgotten when nobody has come for longer than anybody may wait', async () => {
    const clock = new VirtualClock()
    const kept = new KeptAnswers(clock)
    kept.keep('a', answer, 10_000)
    kept.keep('b', answer, 10_000)
    await clock.advance(forgottenAfterMs / 2)
    kept.find('a')
    await clock.advance(forgottenAfterMs / 2)
    expect([kept.size, kept.find('a')]).toEqual([1, answer])
    await clock.advance(2 * forgottenAfterMs)
    expect([kept.size, clock.pending]).toEqual([0, 0])
    kept.keep('c', answer, 10_000)
    kept.close()
    expect(clock.pending).toBe(0)
  })
})
