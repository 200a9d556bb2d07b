import { expect, test } from 'vitest'
import { casIndex } from './routes.ts'

test.for([
  ['0', 0],
  ['17', 17],
  ['9007199254740993', Number.MAX_SAFE_INTEGER],
  ['18446744073709551615', Number.MAX_SAFE_INTEGER],
] as const)('cas=%s is an index', ([text, index]) => {
  expect(casIndex(text)).toBe(index)
})

test.for([
  ['', 'invalid syntax'],
  ['-1', 'invalid syntax'],
  ['1e3', 'invalid syntax'],
  ['18446744073709551616', 'value out of range'],
  ['9'.repeat(5000), 'value out of range'],
] as const)('cas=%s is refused', ([text, reason]) => {
  expect(() => casIndex(text)).toThrow(
    `Bad request: Error parsing cas value: strconv.ParseUint: parsing "${text}": ${reason}`,
  )
})
