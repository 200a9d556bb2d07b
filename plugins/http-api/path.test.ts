import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { cleanPath, decodePercent, encodePath, hasUnprintable, isUnclean, parseTarget } from './path.ts'

describe('a request target', () => {
  test.for([
    ['/v1/kv/a?raw&dc=x?', { raw: '/v1/kv/a', decoded: '/v1/kv/a', query: 'raw&dc=x?' }],
    ['/v1/kv/%c3%BC', { raw: '/v1/kv/%c3%BC', decoded: '/v1/kv/\u00c3\u00bc', query: '' }],
    ['http://host:1/v1/x?y', { raw: '/v1/x', decoded: '/v1/x', query: 'y' }],
    ['http://host', { raw: '/', decoded: '/', query: '' }],
  ] as const)('%s is split', ([url, target]) => {
    expect(parseTarget(url)).toEqual(target)
  })

  test.for([['/v1/%'], ['/v1/%2'], ['/v1/%zz'], ['*'], [''], ['v1/kv'], ['ftp://host/x']])('%s is refused', ([url]) => {
    expect(parseTarget(url!)).toBeUndefined()
  })

  test('what is encoded decodes to itself', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        const path = `/${Buffer.from(bytes).toString('latin1')}`
        expect(decodePercent(encodePath(path))).toBe(path)
      }),
    )
  })
})

describe('cleaning a path', () => {
  const pieces = fc.array(fc.constantFrom('/', '/', '.', '..', 'a', 'b.', '...'), { maxLength: 12 })

  test('gives a path that is clean, and is told apart from it', () => {
    fc.assert(
      fc.property(pieces, (parts) => {
        const path = `/${parts.join('')}`
        const cleaned = cleanPath(path)
        expect(isUnclean(cleaned)).toBe(false)
        expect(isUnclean(path)).toBe(cleaned !== path)
      }),
    )
  })

  test('agrees with how URLs are resolved', () => {
    fc.assert(
      fc.property(pieces, (parts) => {
        const path = `/${parts.join('')}`
        const merged = path.replace(/\/{2,}/g, '/')
        const resolved = new URL(`http://host${merged}`).pathname
        // A URL that ends in a dot segment keeps a slash there; a cleaned path has one only where one was written.
        expect(cleanPath(path).replace(/(.)\/$/, '$1')).toBe(resolved.replace(/(.)\/$/, '$1'))
      }),
    )
  })
})

test.for([
  ['/v1/kv/a b', false],
  ['/v1/kv/\u00c3\u00bc', false],
  ['/v1/kv/\u00ff', false],
  ['/v1/kv/\u0000', true],
  ['/v1/kv/a\tb', true],
  ['/v1/kv/\u007f', true],
  ['/v1/kv/\u00c2\u00a0', true],
] as const)('%j shows characters that print nothing: %s', ([path, unprintable]) => {
  expect(hasUnprintable(path)).toBe(unprintable)
})
