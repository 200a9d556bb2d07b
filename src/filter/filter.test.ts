import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { FilterError } from './errors.ts'
import type { FieldDescription } from './field-description.ts'
import { checkServiceNodeFields, nodeFields, nodeServiceFields } from './fields.ts'
import { compileFilter } from './filter.ts'

const fields: FieldDescription = {
  Name: { kind: 'text' },
  Port: { kind: 'number' },
  Native: { kind: 'bool' },
  Tags: { kind: 'texts' },
  Meta: { kind: 'map', values: { kind: 'text' } },
  Tagged: { kind: 'map', values: { kind: 'struct', fields: { Port: { kind: 'number' } } } },
  Weights: { kind: 'struct', fields: { Passing: { kind: 'number' } } },
  Checks: { kind: 'structs', fields: { Status: { kind: 'text' }, Tags: { kind: 'texts' } } },
}
const row = {
  Name: 'web-1',
  Port: 80,
  Native: true,
  Tags: ['v1', 'blue'],
  Meta: { env: 'prod', 'a b': 'c', none: '' },
  Tagged: { lan: { Port: 8080 } },
  Weights: { Passing: 10 },
  Checks: [
    { Status: 'passing', Tags: ['a'] },
    { Status: 'critical', Tags: [] },
  ],
}

describe('an operator', () => {
  test.for([
    ['Name == "web-1"', 'Name == "web-2"'],
    ['Name != "web-2"', 'Name != "web-1"'],
    ['Name contains "eb-"', 'Name contains "EB"'],
    ['"web" in Name', 'x in Name'],
    ['Name not contains x', 'Name not contains web'],
    ['x not in Name', 'w not in Name'],
    ['Name matches "^web-[0-9]$"', 'Name matches "^eb"'],
    ['Name not matches "^eb"', 'Name not matches "eb"'],
    ['Port == 80', 'Port == 81'],
    ['Port == "0x50"', 'Port == "-80"'],
    ['Port != 81', 'Port != 80'],
    ['Native == true', 'Native == 0'],
    ['Native != F', 'Native != T'],
    ['blue in Tags', 'blu in Tags'],
    ['Tags not contains green', 'Tags not contains v1'],
    ['Tags is not empty', 'Tags is empty'],
    ['env in Meta', 'prod in Meta'],
    ['Meta not contains rack', 'Meta not contains env'],
    ['Meta is not empty', 'Meta is empty'],
    ['Meta.env == prod', 'Meta.env == test'],
    ['Meta["a b"] == c', 'Meta["a b"] != c'],
    ['Meta.none == ""', 'Meta.none != ""'],
    ['Meta.env matches "od$"', 'Meta.env not matches "od$"'],
    ['lan in Tagged', 'wan in Tagged'],
    ['Tagged.lan.Port == 8080', 'Tagged.lan.Port != 8080'],
    ['Weights.Passing == 10', 'Weights.Passing == 1'],
    ['Checks is not empty', 'Checks is empty'],
  ] as const)('holds for %s and not for %s', ([holds, fails]) => {
    expect(compileFilter(holds, fields)(row)).toBe(true)
    expect(compileFilter(fails, fields)(row)).toBe(false)
  })

  test('on a list of structs asks for one element that satisfies it, negated or not', () => {
    expect(compileFilter('Checks.Status == passing', fields)(row)).toBe(true)
    expect(compileFilter('Checks.Status != passing', fields)(row)).toBe(true)
    expect(compileFilter('not Checks.Status == passing', fields)(row)).toBe(false)
    expect(compileFilter('Checks.Status == warning', fields)(row)).toBe(false)
    expect(compileFilter('Checks.Status != warning', fields)({ Checks: [] })).toBe(false)
    expect(compileFilter('a in Checks.Tags', fields)(row)).toBe(true)
    expect(compileFilter('Checks.Tags is empty', fields)(row)).toBe(true)
  })

  test.for([
    ['Meta.rack == a', false],
    ['Meta.rack != a', true],
    ['a in Meta.rack', false],
    ['a not in Meta.rack', true],
    ['Meta.rack matches a', true],
    ['Meta.rack not matches a', true],
    ['Tagged.wan.Port == 0', false],
    ['Tagged.wan.Port != 0', true],
    ['Meta.constructor == a', false],
    ['"toString" in Meta', false],
  ] as const)('%s is %s when the map lacks the key', ([expression, expected]) => {
    expect(compileFilter(expression, fields)(row)).toBe(expected)
  })

  test.for([
    'Name == "" and Name matches "^$"',
    'Port == 0',
    'Native == false',
    'Tags is empty and x not in Tags',
    'Meta is empty and x not in Meta and Meta.x != a',
    'Weights.Passing == 0',
    'Checks is empty and not Checks.Status == ""',
  ])('%s holds for a row that leaves fields out or has them as null', (expression) => {
    const nothing = Object.fromEntries(Object.keys(fields).map((name) => [name, null]))
    expect(compileFilter(expression, fields)({})).toBe(true)
    expect(compileFilter(expression, fields)(nothing)).toBe(true)
  })

  test('reads maps and 64-bit integers in either of their forms', () => {
    expect(compileFilter('Meta.env == prod and env in Meta', fields)({ Meta: new Map([['env', 'prod']]) })).toBe(true)
    expect(compileFilter('Meta is empty', fields)({ Meta: new Map() })).toBe(true)
    expect(compileFilter('Port == 9223372036854775807', fields)({ Port: 2n ** 63n - 1n })).toBe(true)
    expect(compileFilter('Port == 9223372036854775807', fields)({ Port: 2n ** 63n - 2n })).toBe(false)
    expect(compileFilter('Port == 80', fields)({ Port: 80n })).toBe(true)
  })
})

describe('a filter', () => {
  test('without an expression lets every row pass', () => {
    expect(compileFilter('', fields)(row)).toBe(true)
  })

  test('combines matches by and, or and not', () => {
    const holds = (expression: string) => compileFilter(expression, fields)(row)
    expect(holds('Port == 80 and Native == false or blue in Tags')).toBe(true)
    expect(holds('Port == 80 and (Native == false or green in Tags)')).toBe(false)
    expect(holds('not (Port == 81 or Native == false) and not green in Tags')).toBe(true)
  })

  test('is a boolean algebra over its matches', () => {
    const leaf = fc.constantFrom(
      'Port == 80',
      'Port == 81',
      'blue in Tags',
      'Meta is empty',
      'Checks.Status != passing',
    )
    fc.assert(
      fc.property(leaf, leaf, leaf, (a, b, c) => {
        const holds = (expression: string) => compileFilter(expression, fields)(row)
        expect(holds(`not (${a} and ${b})`)).toBe(holds(`not ${a} or not ${b}`))
        expect(holds(`${a} and (${b} or ${c})`)).toBe(holds(`${a} and ${b} or ${a} and ${c}`))
      }),
    )
  })
})

describe('an expression that does not fit the rows', () => {
  test.for<[string, FieldDescription, string]>([
    ['Nope == 1', nodeFields, 'Selector "Nope" is not valid'],
    ['name == 1', fields, 'Selector "name" is not valid'],
    ['constructor == 1', fields, 'Selector "constructor" is not valid'],
    ['Service.Nope.Deep == 1', checkServiceNodeFields, 'Selector "Service.Nope" is not valid'],
    ['Meta.env.deep == 1', fields, 'Selector "Meta.env.deep" is not valid'],
    ['Name.first == 1', fields, 'Selector "Name.first" is not valid'],
    ['Proxy.Config is empty', nodeServiceFields, 'Selector "Proxy.Config" is not valid'],
    ['CreateIndex == 1', nodeServiceFields, 'Selector "CreateIndex" is not valid'],
    ['Port matches "8"', fields, 'Invalid match operator "Matches" for selector "Port"'],
    ['Port not matches "8"', fields, 'Invalid match operator "Not Matches" for selector "Port"'],
    ['8 in Port', fields, 'Invalid match operator "In" for selector "Port"'],
    ['Native not contains t', fields, 'Invalid match operator "Not In" for selector "Native"'],
    ['Name is empty', fields, 'Invalid match operator "Is Empty" for selector "Name"'],
    ['Meta.env is not empty', fields, 'Invalid match operator "Is Not Empty" for selector "Meta.env"'],
    ['Tags == a', fields, 'Invalid match operator "Equal" for selector "Tags"'],
    ['Weights != 1', fields, 'Invalid match operator "Not Equal" for selector "Weights"'],
    ['a in Checks', fields, 'Invalid match operator "In" for selector "Checks"'],
    [
      'Port == http',
      fields,
      'Failed to coerce value "http" for selector "Port": strconv.ParseInt: parsing "http": invalid syntax',
    ],
    [
      'Native == yes',
      fields,
      'Failed to coerce value "yes" for selector "Native": strconv.ParseBool: parsing "yes": invalid syntax',
    ],
    [
      'Name matches "("',
      fields,
      'Failed to compile regular expression "(": error parsing regexp: missing closing ): `(`',
    ],
    ['Nope == 1 or Port == x', fields, 'Selector "Nope" is not valid'],
  ])('%s is refused', ([expression, described, reason]) => {
    const refused = new FilterError(reason)
    expect(() => compileFilter(expression, described)).toThrow(refused)
    expect(refused).toMatchObject({ status: 500, code: 'filter', reason })
    expect(refused.message).toBe(`Failed to create boolean expression evaluator: ${reason}`)
  })

  test('is refused when its patterns together would take too many steps', () => {
    const costly = 'Name matches "a{900}"'
    expect(compileFilter(`${costly} or ${costly}`, fields)(row)).toBe(false)
    expect(() => compileFilter(`${costly} or ${costly} or ${costly}`, fields)).toThrow(/more than the 2000 steps/)
  })

  test('is always refused by a FilterError, and a filter never throws, whatever the row', () => {
    const piece = fc.constantFrom(
      ...['Name', 'Port', 'Native', 'Tags', 'Meta', 'Meta.x', 'Checks.Status', 'Weights.Passing', 'Tagged.a.Port'],
      ...[' == ', ' != ', ' in ', ' not in ', ' is empty', ' matches ', ' and ', ' or ', 'not ', '(', ')'],
      ...['1', 'true', '"a"', '`[a-z]+`', '"("'],
    )
    const texts = fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join(''))
    fc.assert(
      fc.property(texts, fc.object({ key: fc.constantFrom(...Object.keys(fields), 'x', 'Status') }), (text, anyRow) => {
        try {
          expect(compileFilter(text, fields)(anyRow)).toBeTypeOf('boolean')
        } catch (error) {
          expect(error).toBeInstanceOf(FilterError)
        }
      }),
      { numRuns: 2_000 },
    )
  })
})
