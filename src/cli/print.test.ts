import { expect, test } from 'vitest'
import { columns, formatBytes } from './print.ts'

test('columns line up and leave no blanks behind', () => {
  expect(
    columns([
      ['Node', 'Status'],
      ['node-a', 'alive'],
      ['b', ''],
    ]),
  ).toBe('Node    Status\nnode-a  alive\nb')
})

test.for([
  [0, '0 B'],
  [1023, '1023 B'],
  [1024, '1 KiB'],
  [3500, '3.4 KiB'],
  [150 * 1024, '150 KiB'],
  [5 * 1024 ** 3, '5 GiB'],
] as const)('%i bytes are %s', ([bytes, text]) => {
  expect(formatBytes(bytes)).toBe(text)
})
