import { expect, test } from 'vitest'
import { keyProblem } from './key-text.ts'

test.for([
  ['', undefined],
  ['pUqJrVyVRj5jsiYEkM/tFQ==', undefined],
  ['pUqJrVyVRj5jsiYE\nkM/tFQ==\n', undefined],
  ['abc', 0],
  ['abcdefg', 4],
  ['ab-d', 2],
  ['a===', 1],
  ['ab=x', 3],
  ['ab=', 3],
  ['abc=x', 4],
  ['ab==cd', 4],
] as const)('%j as base64: the byte that Go complains of is %j', ([text, at]) => {
  expect(keyProblem(text)).toBe(at === undefined ? undefined : `illegal base64 data at input byte ${at}`)
})
