import { describe, expect, test } from 'vitest'
import { VirtualClock } from '../../src/testing/virtual-clock.ts'
import { parseCacheControl } from './cache-control.ts'
import { CachedFetches } from './cached-fetches.ts'

interface Call {
  readonly signal: AbortSignal
  give(text: string): void
  fail(reason: string): void
}

/** Readers of questions whose fetches the test settles. */
function newReaders() {
  const clock = new VirtualClock()
  const fetches = new CachedFetches(clock)
  const calls: Call[] = []
  const fetch = (signal: AbortSignal) =>
    new Promise<Buffer>((resolve, reject) =>
      calls.push({
        signal,
        give: (text) => resolve(Buffer.from(text)),
        fail: (reason) => reject(new Error(reason)),
      }),
    )
  const read = async (control?: string, question = 'q', signal = new AbortController().signal) => {
    const { bytes, headers } = await fetches.read(question, parseCacheControl(control), fetch, signal)
    return [String(bytes), headers['X-Cache'], headers.Age]
  }
  /** The next fetch answers so. */
  const giving = async (text: string, control?: string) => {
    const reading = read(control)
    calls.at(-1)!.give(text)
    return await reading
  }
  return { clock, calls, read, giving }
}

describe('a cached fetch', () => {
  test('is made once, and kept with its age', async () => {
    const { clock, calls, read, giving } = newReaders()
    expect(await giving('one')).toEqual(['one', 'MISS', undefined])
    expect(await read()).toEqual(['one', 'HIT', '0'])
    await clock.advance(90_000)
    expect(await read()).toEqual(['one', 'HIT', '90'])
    expect(calls).toHaveLength(1)
  })

  test('is made anew for a reader who wants it younger', async () => {
    const { clock, calls, read, giving } = newReaders()
    await giving('one')
    await clock.advance(30_000)
    expect(await read('max-age=30')).toEqual(['one', 'HIT', '30'])
    await clock.advance(1)
    expect(await giving('two', 'max-age=30')).toEqual(['two', 'MISS', undefined])
    expect(await read('max-age=30')).toEqual(['two', 'HIT', '0'])
    expect(calls).toHaveLength(2)
  })

  test.for([['max-age=0'], ['must-revalidate']])('is always made anew with %s', async ([control]) => {
    const { giving, read } = newReaders()
    await giving('one')
    expect(await giving('two', control)).toEqual(['two', 'MISS', undefined])
    expect(await giving('three', control)).toEqual(['three', 'MISS', undefined])
    expect(await read()).toEqual(['three', 'HIT', '0'])
  })

  test('that fails is not kept, and leaves what was kept', async () => {
    const { calls, read, giving } = newReaders()
    const failing = read()
    calls.at(-1)!.fail('no server')
    await expect(failing).rejects.toThrow('no server')
    expect(await giving('one')).toEqual(['one', 'MISS', undefined])
    const again = read('max-age=0')
    calls.at(-1)!.fail('no server')
    await expect(again).rejects.toThrow('no server')
    expect(await read()).toEqual(['one', 'HIT', '0'])
  })

  test('that fails is made up for by what was kept, when that is young enough', async () => {
    const { clock, calls, read, giving } = newReaders()
    const failing = (control: string) => {
      const reading = read(control)
      calls.at(-1)!.fail('no server')
      return reading
    }
    await expect(failing('stale-if-error=60')).rejects.toThrow('no server')
    await giving('one')
    await clock.advance(60_000)
    expect(await failing('max-age=10, stale-if-error=60')).toEqual(['one', 'HIT', '60'])
    const slow = read('max-age=10, stale-if-error=60')
    await clock.advance(1)
    calls.at(-1)!.fail('no server')
    await expect(slow).rejects.toThrow('no server')
  })

  test('is shared by all who wait for the same, and by nobody else', async () => {
    const { calls, read } = newReaders()
    const readers = [read(), read('max-age=5'), read('must-revalidate')]
    const other = read(undefined, 'other')
    expect(calls).toHaveLength(2)
    calls[0]!.give('one')
    calls[1]!.give('two')
    expect(await Promise.all(readers)).toEqual(Array(3).fill(['one', 'MISS', undefined]))
    expect(await other).toEqual(['two', 'MISS', undefined])
  })

  test('goes on while one of its readers is there, and is given up with the last', async () => {
    const { clock, calls, read } = newReaders()
    const [first, second] = [new AbortController(), new AbortController()]
    const readings = [read(undefined, 'q', first.signal), read(undefined, 'q', second.signal)]
    first.abort(new Error('gone'))
    await expect(readings[0]).rejects.toThrow('gone')
    expect(calls[0]!.signal.aborted).toBe(false)
    second.abort(new Error('gone, too'))
    await expect(readings[1]).rejects.toThrow('gone, too')
    expect(calls[0]!.signal.aborted).toBe(true)

    const later = read()
    calls[1]!.give('one')
    expect(await later).toEqual(['one', 'MISS', undefined])
    calls[0]!.give('late')
    await clock.advance(0)
    expect(await read()).toEqual(['one', 'HIT', '0'])
  })

  test('is not begun for a reader who has gone', async () => {
    const { calls, read } = newReaders()
    await expect(read(undefined, 'q', AbortSignal.abort(new Error('gone')))).rejects.toThrow('gone')
    expect(calls).toHaveLength(0)
  })
})
