import { expect, test } from 'vitest'
import { metaRecords } from './node-text.ts'

function textOf(meta: Record<string, string>): string[] {
  return metaRecords('n', 0, meta).map(({ data }) => (data as unknown as Buffer[]).map(String).join('|'))
}

test.for([
  [{ rack: 'r1' }, 'rack=r1'],
  [{ 'key=eq': 'v=1' }, 'key`=eq=v=1'],
  [{ 'RFC1035-note': 'raw text' }, 'raw text'],
  [{ '  a`b ': 'c`d' }, '` ` a``b` =c``d'],
  [{ empty: '' }, 'empty='],
] as const)('%j reads %s', ([meta, text]) => {
  expect(textOf(meta as Record<string, string>)).toEqual([text])
})

test('a long value is written in pieces that fit', () => {
  expect(textOf({ 'rfc1035-x': 'y'.repeat(300) })).toEqual([`${'y'.repeat(255)}|${'y'.repeat(45)}`])
})
