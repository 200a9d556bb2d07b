import type { Random } from '../../src/kernel/random.ts'

/** Words that requests are made of: few, so that requests meet what others wrote and the state stays small. */

export const names = ['web', 'db', 'a', 'b', 'node-x', 'Web', 'x y', 'é', 'api-proxy', '10.0.0.1', 'consul', 'any']

/** What no field of any type was made for. */
export const strangeTexts = [
  '',
  ' ',
  '-1',
  '0',
  '1',
  '99999999999999999999',
  '1e400',
  'null',
  'true',
  '10s',
  '-5m',
  '1ns',
  'passing',
  'critical',
  'http://127.0.0.1:1/',
  '127.0.0.1:1',
  '\u0000',
  '\ud800',
  '\u202e',
  '../../etc/passwd',
  '$\u007bmatch(1)}',
  '((((',
  'ID == "a',
  'not Meta.x == 1 and (Service != "" or Tags is empty)',
  'x'.repeat(600),
  '[]'.repeat(200),
]

/** Steps of a path, as they are sent. */
export const pathWords = [...names.map(encodeURIComponent), '', '%00', '%zz', '%2F', '..', '%ff%fe', 'x'.repeat(300)]

export const strangeBodies = [
  '',
  'null',
  '{}',
  '[]',
  '""',
  '0',
  '{',
  '[[',
  '{"a":}',
  '\ufeff{}',
  '{"ID":1e999}',
  '{"a":"\\ud800"}',
  '\u0000',
  '['.repeat(20_000),
  `${'{"a":'.repeat(3000)}1${'}'.repeat(3000)}`,
  `{"Name":"${'y'.repeat(100_000)}"}`,
]

/** A value of every kind that JSON has, and of sizes and forms that go wrong first. */
export const strangeValues: readonly unknown[] = [
  null,
  true,
  false,
  0,
  -1,
  1.5,
  1e308,
  -1e-300,
  2 ** 64,
  '',
  'word',
  '5',
  'true',
  '\ud800',
  'x'.repeat(5000),
  [],
  [null],
  [[1]],
  ['a', 2],
  {},
  { '': null },
  { a: { b: { c: [] } } },
  // The names that JavaScript's own objects carry.
  JSON.parse('{"__proto__":{"x":1},"constructor":1}'),
]

export function pick<T>(random: Random, among: readonly T[]): T {
  return among[random.below(among.length)]!
}

/** True once in `times`. */
export function oneIn(random: Random, times: number): boolean {
  return random.below(times) === 0
}
