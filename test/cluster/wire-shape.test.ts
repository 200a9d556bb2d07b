import { expect, test } from 'vitest'
import { wireValues } from './consul-conversation.ts'
import { shapeDifferences } from './wire-shape.ts'

const differences = (ours: string, theirs: string) => {
  const [a] = wireValues(Buffer.from(ours, 'hex'))!
  const [b] = wireValues(Buffer.from(theirs, 'hex'))!
  return shapeDifferences(a!, b!, 'x')
}

test.for([
  ['nil and an empty list', 'c0', '90', ['x: nil, where Consul has an empty list']],
  ['an empty list and an empty map', '90', '80', ['x: an empty list, where Consul has an empty map']],
  ['a list and an empty list', '9101', '90', ['x: 1 items, where Consul has 0']],
  ['an integer and a float', '01', 'cb3ff0000000000000', ['x: int, where Consul has float']],
  ['a text and an empty text', 'a161', 'a0', ['x: text, where Consul has an empty text']],
  ['a text and a time', 'a161', 'af010000000ee294f8d9312bb7c3ffff', ['x: text, where Consul has time']],
  ['a field that is missing', '80', '81a16101', ['x.a: missing']],
  ['a field too many', '81a16101', '80', ['x.a: Consul does not send it']],
  ['a field of another kind', '81a161c0', '81a16190', ['x.a: nil, where Consul has an empty list']],
  ['an item of another kind', '92c201', '91c2', ['x[1]: int, where Consul has bool']],
] as const)('%s differ', ([, ours, theirs, expected]) => {
  expect(differences(ours, theirs)).toEqual(expected)
})

test.for([
  ['numbers of different widths', '05', 'cd0100'],
  ['texts', 'a161', 'da000162'],
  ['lists of different lengths', '920102', '9103'],
  ['maps in another order', '82a16101a162c0', '82a162c0a16107'],
] as const)('%s have one shape', ([, ours, theirs]) => {
  expect(differences(ours, theirs)).toEqual([])
})

test('a value that is not complete is waited for, and bytes that servers never send are refused', () => {
  expect(wireValues(Buffer.from('81a161', 'hex'))).toBeUndefined()
  expect(() => wireValues(Buffer.from('c40161', 'hex'))).toThrow('servers never send the byte c4')
})
