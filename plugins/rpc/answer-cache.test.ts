import { describe, expect, test } from 'vitest'
import { seededRandom } from '../../src/testing/seeded-random.ts'
import { VirtualClock } from '../../src/testing/virtual-clock.ts'
import { AnswerCache, idleMs } from './answer-cache.ts'
import type { CachedAnswer, RemoteAnswer } from './contract.ts'

interface Call {
  /** 0 for what there is now. */
  readonly minIndex: number
  readonly signal: AbortSignal
  answer(index: number): Promise<void>
  fail(message: string): Promise<void>
}

const soon = () => new Promise<void>((resolve) => setImmediate(resolve))

/** A cache, and a server that is told when to answer. */
function newCache() {
  const clock = new VirtualClock()
  const cache = new AnswerCache({ clock, random: seededRandom(1) })
  const calls: Call[] = []
  const call = (minIndex: number, signal: AbortSignal) =>
    new Promise<RemoteAnswer<string>>((resolve, reject) => {
      const answer = async (index: number) => {
        resolve({
          answer: { index, value: `at ${index}` },
          contact: { known: true, lastContactMs: 0 },
        } as RemoteAnswer<string>)
        await soon()
      }
      const fail = async (message: string) => {
        reject(new Error(message))
        await soon()
      }
      signal.addEventListener('abort', () => reject(signal.reason))
      calls.push({ minIndex, signal, answer, fail })
    })
  const read = (key: string, minIndex = 0, waitMs = 60_000, signal?: AbortSignal) =>
    cache.read(
      key,
      { fetch: (ended) => call(0, ended), wait: (index, ended) => call(index, ended) },
      { minIndex, waitMs, signal },
    )
  return { clock, cache, calls, read, last: () => calls.at(-1)! }
}

/** A cache that holds an answer with index 5 and waits for the next. */
async function filledCache() {
  const it = newCache()
  const first = it.read('web')
  await it.last().answer(5)
  return { ...it, first: await first }
}

const shown = ({ answer, hit, ageMs }: CachedAnswer<string>) => [answer.value, hit ? 'hit' : 'miss', ageMs]

describe('a question that was asked before', () => {
  test('is answered at once with the last answer, which is kept up to date', async () => {
    const { read, first, last, calls } = await filledCache()
    expect(shown(first)).toEqual(['at 5', 'miss', 0])
    expect(shown(await read('web'))).toEqual(['at 5', 'hit', 0])
    expect(calls.map(({ minIndex }) => minIndex)).toEqual([0, 5])
    await last().answer(6)
    expect(shown(await read('web'))).toEqual(['at 6', 'hit', 0])
    expect(last().minIndex).toBe(6)
  })

  test('that is asked again before there is an answer shares it, and others do not', async () => {
    const { read, calls } = newCache()
    const both = [read('web'), read('web')]
    const other = read('db')
    expect(calls).toHaveLength(2)
    await calls[0]!.answer(5)
    await calls[1]!.answer(7)
    expect((await Promise.all([...both, other])).map(shown)).toEqual([
      ['at 5', 'miss', 0],
      ['at 5', 'miss', 0],
      ['at 7', 'miss', 0],
    ])
  })

  test('can be waited for: until it changes, or for the time given', async () => {
    const { read, clock, last } = await filledCache()
    expect(shown(await read('web', 4))).toEqual(['at 5', 'hit', 0])
    const patient = read('web', 5)
    const hasty = read('web', 5, 10)
    await clock.advance(10)
    expect(shown(await hasty)).toEqual(['at 5', 'miss', 0])
    await last().answer(6)
    expect(shown(await patient)).toEqual(['at 6', 'miss', 0])
  })

  test('wakes everybody when the state went back to an earlier one', async () => {
    const { read, last } = await filledCache()
    const waiting = read('web', 9)
    await last().answer(3)
    expect(shown(await waiting)).toEqual(['at 3', 'miss', 0])
  })

  test('is waited for with the least index there is when nothing was ever written', async () => {
    const { read, last } = newCache()
    void read('web')
    await last().answer(0)
    expect(last().minIndex).toBe(1)
  })

  test('ends with its reader, and the answer is kept for others', async () => {
    const { read, last } = await filledCache()
    const gone = new AbortController()
    const waiting = read('web', 5, 60_000, gone.signal)
    gone.abort(new Error('gone'))
    await expect(waiting).rejects.toThrow('gone')
    await expect(read('web', 0, 0, gone.signal)).rejects.toThrow('gone')
    expect(last().signal.aborted).toBe(false)
  })
})

describe('an answer whose server is out of reach', () => {
  test('grows old, and is young again as soon as one answers, also without a change', async () => {
    const { read, clock, last, calls } = await filledCache()
    await last().fail('EOF')
    expect(calls).toHaveLength(2)
    await clock.advance(1000)
    expect(last().minIndex).toBe(0)
    expect(shown(await read('web'))).toEqual(['at 5', 'hit', 1000])
    await last().fail('EOF')
    await clock.advance(2000)
    expect(shown(await read('web'))).toEqual(['at 5', 'hit', 3000])
    await last().answer(5)
    expect(shown(await read('web'))).toEqual(['at 5', 'hit', 0])
    expect(last().minIndex).toBe(5)
  })

  test('is asked for ever more rarely, at least once a minute', async () => {
    const { clock, calls, read, last } = await filledCache()
    for (let minute = 0; minute < 20; minute++) {
      await last().fail('EOF')
      await clock.advance(60_000)
      void read('web')
    }
    expect(calls).toHaveLength(22)
  })

  test('is not kept when there was none: everybody is told why, and the next reader asks anew', async () => {
    const { read, last, cache, calls } = newCache()
    const both = [read('web'), read('web')]
    const failed = Promise.all(both.map((it) => expect(it).rejects.toThrow('No cluster leader')))
    await last().fail('No cluster leader')
    await failed
    expect(cache.size).toBe(0)
    const again = read('web')
    await last().answer(8)
    expect(shown(await again)).toEqual(['at 8', 'miss', 0])
    expect(calls).toHaveLength(3)
  })
})

describe('what is kept', () => {
  test('ends when nobody has asked for a while', async () => {
    const { read, clock, cache, last } = await filledCache()
    await clock.advance(idleMs - 1000)
    await read('web')
    await clock.advance(idleMs - 1)
    expect(cache.size).toBe(1)
    await clock.advance(1)
    expect(cache.size).toBe(0)
    expect(last().signal.aborted).toBe(true)
  })

  test('stays while somebody waits for a change', async () => {
    const { read, clock, cache, last } = await filledCache()
    const waiting = read('web', 5, 3 * idleMs)
    await clock.advance(2 * idleMs)
    expect(cache.size).toBe(1)
    await last().answer(6)
    expect(shown(await waiting)).toEqual(['at 6', 'miss', 0])
  })

  test('has bounds: what was asked for longest ago makes room', async () => {
    const { read, cache, last, calls } = await filledCache()
    const webWatch = last()
    for (let number = 0; number < 600; number++) {
      if (number % 100 === 0) await read('web')
      void read(`other ${number}`).catch(() => {})
      await calls.at(-1)!.answer(1)
    }
    expect(cache.size).toBe(512)
    expect(webWatch.signal.aborted).toBe(false)
    expect(calls.filter(({ signal }) => signal.aborted).length).toBeGreaterThan(80)
  })

  test('ends with the agent', async () => {
    const { cache, clock, read, last } = await filledCache()
    const waiting = expect(read('web', 5)).rejects.toThrow('the agent stops')
    cache.close()
    await waiting
    expect([cache.size, last().signal.aborted, clock.pending]).toEqual([0, true, 0])
  })
})
