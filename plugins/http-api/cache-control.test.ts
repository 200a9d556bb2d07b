import { describe, expect, test } from 'vitest'
import { parseCacheControl } from './cache-control.ts'

const nothing = { maxAgeMs: undefined, mustRevalidate: false, staleIfErrorMs: undefined }

describe('Cache-Control', () => {
  test.for([
    [undefined, {}],
    ['no-store', {}],
    ['max-age=30', { maxAgeMs: 30_000 }],
    ['Max-Age=30,STALE-IF-ERROR=60', { maxAgeMs: 30_000, staleIfErrorMs: 60_000 }],
    ['max-age=0', { maxAgeMs: 0, mustRevalidate: true }],
    ['max-age=-5', {}],
    ['max-age=5, max-age=7', { maxAgeMs: 7000 }],
    ['must-revalidate', { mustRevalidate: true }],
    [' must-revalidate , max-age=9', { maxAgeMs: 9000, mustRevalidate: true }],
  ] as const)('%s is understood', ([header, said]) => {
    expect(parseCacheControl(header)).toEqual({ ...nothing, ...said })
  })

  test.for([['max-age=abc'], ['max-age=10, stale-if-error=x'], ['max-age='], ['stale-if-error=1.5']])(
    '%s is refused',
    ([header]) => {
      expect(() => parseCacheControl(header)).toThrow('Invalid Cache-Control header.')
    },
  )
})
