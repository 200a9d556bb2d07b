import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodeBody, summaryOf } from './entry-body.ts'

const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex')

test('a command decodes to plain data, whatever it is', () => {
  const body = decodeBody(
    hex(
      '02 86 a1 61 a2 6869 a1 62 c3 a1 63 cb3ff8000000000000 a1 64 92 01 d0ff a1 65 cf ffffffffffffffff a1 66 a2 ff00',
    ),
  )
  expect(body).toEqual({ a: 'hi', b: true, c: 1.5, d: [1, -1], e: '18446744073709551615', f: 'base64:/wA=' })
  expect(summaryOf(body)).toBe('a=hi b=true c=1.5 d.0=1 d.1=-1 e=18446744073709551615 f=base64:/wA=')
  expect(summaryOf(body, 12)).toBe('a=hi b=true…')
})

test('secrets are hidden', () => {
  const body = decodeBody(hex('02 82 a5 546f6b656e a3 616263 a1 61 01'))
  expect(body).toEqual({ Token: '(hidden)', a: 1 })
  expect(summaryOf(body)).toBe('a=1')
})

test('any other bytes decode to nothing', () => {
  expect(decodeBody(hex('02 81 a1'))).toBeUndefined()
  expect(decodeBody(hex('02 c0 c0'))).toBeUndefined()
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      JSON.stringify(decodeBody(Buffer.from(bytes)))
      summaryOf(decodeBody(Buffer.from(bytes)))
    }),
    { numRuns: 1000 },
  )
})
