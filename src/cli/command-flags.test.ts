import { array, assert, constantFrom, oneof, property, string } from 'fast-check'
import { expect, test } from 'vitest'
import { CommandUsageError } from './command-errors.ts'
import { parseFlags } from './command-flags.ts'

const declarations = {
  force: { type: 'boolean', help: '' },
  name: { type: 'text', help: '' },
  separator: { type: 'text', default: '/', help: '' },
  count: { type: 'integer', default: 1, help: '' },
  wait: { type: 'duration', help: '' },
  tag: { type: 'list', help: '' },
  meta: { type: 'pairs', help: '' },
} as const

test('flags that were not given have their defaults', () => {
  expect(parseFlags([], declarations)).toEqual({
    help: false,
    flags: { force: undefined, name: undefined, separator: '/', count: 1, wait: undefined, tag: [], meta: {} },
    args: [],
  })
})

test('flags are written as Go’s are, and end at the first word that is none', () => {
  const words = [
    '-force',
    '--name=a=b',
    '-count',
    '7',
    '-wait=1m30s',
    '-tag=x',
    '-tag',
    'y',
    '-meta=k=v=w',
    'rest',
    '-force=false',
  ]
  expect(parseFlags(words, declarations)).toEqual({
    help: false,
    flags: { force: true, name: 'a=b', separator: '/', count: 7, wait: 90_000, tag: ['x', 'y'], meta: { k: 'v=w' } },
    args: ['rest', '-force=false'],
  })
})

test.for(['-h', '-help', '--help'])('%s asks for help, whatever else is wrong', (word) => {
  expect(parseFlags(['-nonsense', word], declarations).help).toBe(true)
})

test.for([
  ['-nmae=x', '-nmae: is not a flag of this command; did you mean -name?'],
  ['-count=-1', 'flag -count: "-1" is not a number from 0 on'],
  ['-count=1e3', 'flag -count: "1e3" is not a number from 0 on'],
  ['-wait=soon', 'flag -wait: "soon" is not a duration such as 10s or 1m30s'],
  ['-meta=x', 'flag -meta: "x" is not a pair such as name=value'],
  ['-force=maybe', 'flag -force: "maybe" is not true or false'],
  ['-name', '-name: needs a value'],
])('%s is refused with a reason', ([word, reason]) => {
  expect(() => parseFlags([word!], declarations)).toThrow(CommandUsageError)
  expect(() => parseFlags([word!], declarations)).toThrow(reason)
})

test('whatever is typed is read or refused', () => {
  const word = oneof(
    string(),
    constantFrom(
      '-force',
      '-name',
      '-count=',
      '-wait=',
      '-tag=',
      '-meta=',
      '--',
      '-',
      '-=',
      '-meta=__proto__=x',
      '-toString',
    ),
  )
  assert(
    property(array(word), (words) => {
      try {
        parseFlags(words, declarations)
      } catch (error) {
        expect(error).toBeInstanceOf(CommandUsageError)
      }
    }),
  )
})
