import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { QueryParameter } from './operation.ts'
import { parameterValue } from './parameters.ts'

function read(declared: Omit<QueryParameter, 'help'>, query: string): unknown {
  const written = new URLSearchParams(query)
  return parameterValue(
    'p',
    { help: '', ...declared },
    {
      get: (name) => written.get(name) ?? undefined,
      has: (name) => written.has(name),
      all: (name) => written.getAll(name),
      pairs: () => [...written],
    },
  )
}

describe('a query parameter is read as', () => {
  test.for<[QueryParameter['type'], string, unknown]>([
    ['text', 'p=a&p=b', 'a'],
    ['text', 'p', ''],
    ['text', '', undefined],
    ['list', 'p=a&p=b', ['a', 'b']],
    ['list', '', []],
    ['flag', 'p', true],
    ['flag', 'p=false', true],
    ['flag', '', false],
    ['boolean', 'p=T', true],
    ['boolean', 'p=0', false],
    ['boolean', 'p', undefined],
    ['int', 'p=-12', -12],
    ['int', 'p=%2B12', 12],
    ['int', 'p=', undefined],
    ['uint64', 'p=42', 42],
    ['uint64', 'p=18446744073709551615', 2n ** 64n - 1n],
    ['uint64', `p=${'0'.repeat(100)}7`, 7],
    ['index', 'p=18446744073709551615', Number.MAX_SAFE_INTEGER],
    ['duration', 'p=1m30s', 90_000],
  ])('%s: ?%s', ([type, query, value]) => {
    expect(read({ type }, query)).toEqual(value)
  })

  test('whatever is said of a value that is not written', () => {
    expect(read({ type: 'boolean', empty: true }, 'p')).toBe(true)
    expect(read({ type: 'flag', on: (written) => written !== '' }, 'p')).toBe(false)
    expect(() => read({ type: 'index', empty: 'refused' }, 'p')).toThrow(
      'strconv.ParseUint: parsing "": invalid syntax',
    )
  })
})

describe('a bad query parameter is refused', () => {
  test.for<[QueryParameter['type'], string, string]>([
    ['boolean', 'p=yes', 'Invalid value for ?p: strconv.ParseBool: parsing "yes": invalid syntax'],
    ['int', 'p=1.5', 'Invalid value for ?p: strconv.Atoi: parsing "1.5": invalid syntax'],
    [
      'int',
      'p=9223372036854775808',
      'Invalid value for ?p: strconv.Atoi: parsing "9223372036854775808": value out of range',
    ],
    ['uint64', 'p=-1', 'Invalid value for ?p: strconv.ParseUint: parsing "-1": invalid syntax'],
    [
      'uint64',
      'p=18446744073709551616',
      'Invalid value for ?p: strconv.ParseUint: parsing "18446744073709551616": value out of range',
    ],
    ['index', 'p=%0a', 'Invalid value for ?p: strconv.ParseUint: parsing "\\n": invalid syntax'],
    ['duration', 'p=soon', 'Invalid value for ?p: time: invalid duration "soon"'],
  ])('%s: ?%s', ([type, query, sentence]) => {
    expect(() => read({ type }, query)).toThrow(expect.objectContaining({ status: 400, message: sentence }))
  })

  test('in the words of its declaration, also when it is missing', () => {
    const refused = (reason: string, written: string | undefined) => new Error(`${written}: ${reason}`)
    expect(() => read({ type: 'int', refused }, 'p=x')).toThrow('x: strconv.Atoi: parsing "x": invalid syntax')
    expect(() => read({ type: 'int', required: true, refused }, '')).toThrow('undefined: it is missing')
  })

  test('and nothing that is written ends otherwise than in a value or a refusal', () => {
    const types = ['boolean', 'int', 'uint64', 'index', 'duration', 'flag', 'text'] as const
    fc.assert(
      fc.property(fc.constantFrom(...types), fc.string({ unit: 'binary' }), (type, written) => {
        try {
          read({ type }, new URLSearchParams([['p', written]]).toString())
        } catch (error) {
          expect(error).toMatchObject({ code: 'bad_parameter', status: 400 })
        }
      }),
    )
  })
})
