import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { seededRandom } from '../../src/testing/seeded-random.ts'
import type { ReadOptions } from './contract.ts'
import { BrokenQueryError } from './errors.ts'
import { parseReadOptions } from './query-options.ts'
import { parseQuery } from './query-parameters.ts'

const surroundings = { datacenter: 'dc1', nodeName: 'node-a', random: seededRandom(1), discoveryMaxStaleMs: 0 }

function read(query: string, cacheControl?: string): ReadOptions {
  return parseReadOptions(parseQuery(query), cacheControl, surroundings)
}

describe('read options', () => {
  test('have defaults', () => {
    const { waitMs, ...rest } = read('')
    expect(rest).toEqual({
      index: 0,
      consistency: 'default',
      maxStaleMs: 0,
      cached: false,
      datacenter: 'dc1',
      near: undefined,
      nodeMeta: {},
      filter: undefined,
    })
    expect(waitMs).toBeGreaterThanOrEqual(300_000)
    expect(waitMs).toBeLessThanOrEqual(300_000 * (17 / 16))
  })

  test.for([
    ['index=x', 'Invalid index'],
    ['index=-5', 'Invalid index'],
    ['index=1x', 'Invalid index'],
    ['index=18446744073709551616', 'Invalid index'],
    [`index=${'9'.repeat(5000)}`, 'Invalid index'],
    ['wait=forever', 'Invalid wait time'],
    ['wait=5', 'Invalid wait time'],
    ['stale&consistent', 'Cannot specify ?stale with ?consistent, conflicting semantics.'],
    ['cached&consistent', 'Cannot specify ?cached with ?consistent, conflicting semantics.'],
    ['max_stale=5s&consistent', 'Cannot specify ?stale with ?consistent, conflicting semantics.'],
    ['max_stale=soon', 'Invalid max_stale value "soon"'],
  ] as const)('%s is refused', ([query, message]) => {
    expect(() => read(query)).toThrow(expect.objectContaining({ status: 400, message }))
  })

  test.for([
    ['10s', 10_000],
    ['300ms', 300],
    ['-5s', 300_000],
    ['0', 300_000],
    ['24h', 600_000],
    ['2540400h', 600_000],
  ] as const)('a wait of %s becomes %i ms and up to a sixteenth more', ([wait, ms]) => {
    const { waitMs } = read(`wait=${wait}`)
    expect(waitMs).toBeGreaterThanOrEqual(ms)
    expect(waitMs).toBeLessThanOrEqual(ms * (17 / 16))
  })

  test('the largest index is taken', () => {
    expect(read('index=18446744073709551615').index).toBe(2 ** 64)
    expect(read('index=').index).toBe(0)
  })

  test('say how old an answer may be', () => {
    expect(read('max_stale=1s')).toMatchObject({ consistency: 'stale', maxStaleMs: 1000 })
    expect(read('stale&max_stale=0s')).toMatchObject({ consistency: 'stale', maxStaleMs: 0 })
    expect(read('max_stale=0s')).toMatchObject({ consistency: 'default', maxStaleMs: 0 })
    expect(read('stale')).toMatchObject({ consistency: 'stale', maxStaleMs: 0 })
  })

  test('take the age that the agent allows for discovery when they say nothing of it', () => {
    const configured = { ...surroundings, discoveryMaxStaleMs: 5000 }
    const discover = (query: string) => parseReadOptions(parseQuery(query), undefined, configured, true)
    expect(discover('')).toMatchObject({ consistency: 'stale', maxStaleMs: 5000 })
    expect(discover('index=7&wait=1s')).toMatchObject({ consistency: 'stale', maxStaleMs: 5000 })
    for (const query of ['leader', 'cached', 'max_stale=0s']) {
      expect(discover(query)).toMatchObject({ consistency: 'default', maxStaleMs: 0 })
    }
    expect(discover('consistent')).toMatchObject({ consistency: 'consistent' })
    expect(parseReadOptions(parseQuery(''), undefined, configured)).toMatchObject({ consistency: 'default' })
  })

  test('the agent itself is near by its name', () => {
    expect(read('near=_agent').near).toBe('node-a')
    expect(read('near=web-1').near).toBe('web-1')
    expect(read('near=').near).toBeUndefined()
  })

  test('the own datacenter has its own spelling', () => {
    expect(read('dc=DC1').datacenter).toBe('dc1')
    expect(read('dc=').datacenter).toBe('dc1')
    expect(read('dc=Else').datacenter).toBe('Else')
  })

  test('node-meta pairs are gathered, whatever their names', () => {
    const { nodeMeta } = read('node-meta=a:b:c&node-meta=flag&node-meta=__proto__:x')
    expect(Object.entries(nodeMeta)).toEqual([
      ['a', 'b:c'],
      ['flag', ''],
      ['__proto__', 'x'],
    ])
  })

  test.for([['max-age=abc'], ['max-age=10, stale-if-error=x'], ['max-age=']])(
    'the Cache-Control %s is refused',
    ([header]) => {
      expect(() => read('', header)).toThrow('Invalid Cache-Control header.')
    },
  )

  test('other Cache-Control directives are accepted', () => {
    expect(read('cached', 'No-Store, max-age=30, must-revalidate').cached).toBe(true)
  })
})

describe('a query string', () => {
  test('gives the first value, all values, and the names once', () => {
    const query = parseQuery('a=1&b&a=2&c=%20x+y&=z&&d=%C3%BC;e=%FF')
    expect(query.get('a')).toBe('1')
    expect(query.all('a')).toEqual(['1', '2'])
    expect(query.get('b')).toBe('')
    expect(query.get('c')).toBe(' x y')
    expect(query.get('')).toBe('z')
    expect(query.get('d')).toBe('ü')
    expect(query.get('e')).toBe('\ufffd')
    expect(query.has('f')).toBe(false)
    expect(query.pairs().map(([name]) => name)).toEqual(['a', 'a', 'b', 'c', '', 'd', 'e'])
  })

  test.for([['a=%zz'], ['%'], ['b=%G1'], ['a=1&%2']])('%s is broken', ([query]) => {
    expect(() => parseQuery(query!)).toThrow(BrokenQueryError)
  })

  test('agrees with URLSearchParams', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }))), (pairs) => {
        const params = new URLSearchParams(pairs)
        const query = parseQuery(params.toString())
        expect(new Set(query.pairs().map(([name]) => name))).toEqual(new Set(params.keys()))
        for (const name of params.keys()) expect(query.all(name)).toEqual(params.getAll(name))
      }),
    )
  })
})
