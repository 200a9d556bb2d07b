import fc from 'fast-check'
import { describe, expect, expectTypeOf, test } from 'vitest'
import {
  bool,
  bytes,
  byteText,
  duration,
  float32,
  float64,
  type Infer,
  index,
  int,
  JsonDecodeError,
  later,
  list,
  map,
  message,
  type Opaque,
  opaqueMap,
  optional,
  parseJson,
  type Struct,
  struct,
  type TextMap,
  text,
  uint64,
} from './schema.ts'

fc.configureGlobal({ seed: 8300, numRuns: 300 })

const Port = struct('Port', { Number: int(), Name: text({ omitEmpty: true }) })

const Thing = struct('Thing', {
  ID: text(),
  Key: byteText(),
  Value: bytes(),
  On: bool(),
  Count: int(),
  Flags: uint64(),
  Wait: duration(),
  Ratio: float64(),
  Weight: float32(),
  Tags: list(text()),
  Meta: map(text()),
  Port: Port,
  Other: optional(Port),
  Config: opaqueMap(),
  CreateIndex: index(),
})
type Thing = Infer<typeof Thing>

/** The message of the error that reading `json` as a Thing ends with. */
function complaint(json: string, options?: Parameters<typeof Thing.fromJson>[1]): string {
  try {
    Thing.fromJson(parseJson(json), options)
  } catch (error) {
    expect(error).toBeInstanceOf(JsonDecodeError)
    return (error as Error).message
  }
  return 'no complaint'
}

test('the type of the rows follows from the declaration', () => {
  expectTypeOf<Thing['Flags']>().toEqualTypeOf<number | bigint>()
  expectTypeOf<Thing['Tags']>().toEqualTypeOf<readonly string[] | null>()
  expectTypeOf<Thing['Meta']>().toEqualTypeOf<TextMap<string> | null>()
  expectTypeOf<Thing['Config']>().toEqualTypeOf<TextMap<Opaque> | null>()
  expectTypeOf<Thing['Other']>().toEqualTypeOf<{ Number: number; Name: string } | null>()
})

test('the zero value is that of Go', () => {
  expect(Thing.zero()).toEqual({
    ID: '',
    Key: '',
    Value: null,
    On: false,
    Count: 0,
    Flags: 0,
    Wait: 0,
    Ratio: 0,
    Weight: 0,
    Tags: null,
    Meta: null,
    Port: { Number: 0, Name: '' },
    Other: null,
    Config: null,
    CreateIndex: 0,
  })
  expect(Thing.zero().Port).not.toBe(Thing.zero().Port)
})

const anyMap = <T>(value: fc.Arbitrary<T>) => fc.option(fc.dictionary(fc.string({ unit: 'grapheme' }), value))
const port = fc.record({ Number: fc.maxSafeInteger(), Name: fc.string({ unit: 'grapheme' }) })
const thing: fc.Arbitrary<Thing> = fc.record({
  ID: fc.string({ unit: 'grapheme' }),
  Key: fc.string({ unit: 'grapheme' }).map((value) => Buffer.from(value).toString('latin1')),
  Value: fc.option(fc.uint8Array({ minLength: 1 }).map((value) => Buffer.from(value))),
  On: fc.boolean(),
  Count: fc.maxSafeInteger(),
  Flags: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map((v) => (v <= Number.MAX_SAFE_INTEGER ? Number(v) : v)),
  Wait: fc.maxSafeInteger(),
  Ratio: fc.double({ noNaN: true, noDefaultInfinity: true }),
  Weight: fc.float({ noNaN: true, noDefaultInfinity: true }),
  Tags: fc.option(fc.array(fc.string({ unit: 'grapheme' }))),
  Meta: anyMap(fc.string({ unit: 'grapheme' })),
  Port: port,
  Other: fc.option(port),
  Config: anyMap(fc.constantFrom('text', 1.5, true, null)),
  CreateIndex: fc.maxSafeNat(),
})

test('every row survives msgpack and JSON, nil and empty kept apart', () => {
  fc.assert(
    fc.property(thing, (value) => {
      expect(Thing.decode(Thing.encode(value))).toEqual(value)
      expect(Thing.fromJson(parseJson(Thing.toJson(value)))).toEqual(value)
    }),
  )
})

test('msgpack names are sorted bytewise, whatever the order of the declaration', () => {
  const type = struct('Order', { b: int(), a: int(), B: int(), aa: int() })
  expect(type.encode({ b: 1, a: 2, B: 3, aa: 4 }).toString('hex')).toBe('84a14203a16102a2616104a16201')
})

test('a field may be left out of msgpack when it is empty', () => {
  const type = struct('Sparse', { A: text({ omitEmptyOnWire: true }), B: int() })
  expect(type.encode({ A: '', B: 1 }).toString('hex')).toBe('81a14201')
  expect(type.encode({ A: 'x', B: 1 }).toString('hex')).toBe('82a141a178a14201')
})

test('a struct without fields is an empty map and an empty object', () => {
  const Empty = struct('Empty', {})
  expect(Empty.encode({}).toString('hex')).toBe('80')
  expect(Empty.toJson({})).toBe('{}')
  expect(Empty.decode(Buffer.from([0x80]))).toEqual({})
})

describe('JSON is written as declared', () => {
  const Shown = struct('Shown', {
    First: text({ omitEmpty: true }),
    Second: list(text(), { omitEmpty: true }),
    Third: text({ json: 'Renamed' }),
    Secret: text({ json: false }),
    Tags: list(text(), { nil: '[]' }),
    Meta: map(text(), { nil: '{}' }),
    Inner: struct('Inner', { A: int({ omitEmpty: true }), B: bool({ omitEmpty: true }) }),
    Maybe: struct('Maybe', { A: int() }).view({}),
    Wait: duration({ as: 'text' }),
  })

  test('empty fields left out, others renamed, nil as asked', () => {
    expect(Shown.toJson({ ...Shown.zero(), Secret: 's', Wait: 90e9 })).toBe(
      '{"Renamed":"","Tags":[],"Meta":{},"Inner":{},"Maybe":{"A":0},"Wait":"1m30s"}',
    )
    expect(Shown.toJson({ ...Shown.zero(), Second: ['x'], Inner: { A: 0, B: true } })).toBe(
      '{"Second":["x"],"Renamed":"","Tags":[],"Meta":{},"Inner":{"B":true},"Maybe":{"A":0},"Wait":"0s"}',
    )
  })

  test('a view changes the JSON and nothing else', () => {
    const view = Shown.view({ First: { omitEmpty: false }, Tags: { nil: 'null' }, Maybe: { omitEmpty: 'zero' } })
    expect(view.toJson(Shown.zero())).toBe('{"First":"","Renamed":"","Tags":null,"Meta":{},"Inner":{},"Wait":"0s"}')
    expect(view.encode(Shown.zero())).toEqual(Shown.encode(Shown.zero()))
    expect(Shown.toJson(Shown.zero())).toContain('"Tags":[]')
  })

  test('a view may show a nested struct differently', () => {
    const inner = Port.view({ Name: { omitEmpty: false } })
    const view = Thing.view({ Port: { kind: inner }, Other: { kind: optional(inner), omitEmpty: true } })
    expect(view.toJson(Thing.zero())).toContain('"Port":{"Number":0,"Name":""},"Config"')
  })

  test('map keys are sorted by their bytes', () => {
    const type = message(map(int()))
    expect(type.toJson({ b: 1, a: 2, '10': 3, '9': 4 })).toBe('{"10":3,"9":4,"a":2,"b":1}')
    expect(type.toJson({ '\u{1f600}': 1, '\uffff': 2 })).toBe('{"\uffff":2,"\u{1f600}":1}')
  })
})

describe('JSON is read as Go reads it', () => {
  test('names match in any letter case, the exact one first', () => {
    expect(Thing.fromJson({ id: 'a', COUNT: 3, createindex: 4 })).toMatchObject({ ID: 'a', Count: 3, CreateIndex: 4 })
    const Twins = struct('Twins', { name: text(), Name: text() })
    expect(Twins.fromJson({ Name: 'B', name: 'a' })).toEqual({ name: 'a', Name: 'B' })
  })

  test('null is the zero value everywhere', () => {
    const nulls = Object.fromEntries(Object.keys(Thing.zero()).map((key) => [key, null]))
    expect(Thing.fromJson(nulls)).toEqual(Thing.zero())
    expect(Thing.fromJson(null)).toEqual(Thing.zero())
  })

  test('aliases, and snake_case where it is asked for', () => {
    const type = struct(
      'Aliased',
      {
        CheckID: text({ alias: ['ID'] }),
        DeregisterCriticalServiceAfter: duration(),
        TLSSkipVerify: bool(),
        GRPCUseTLS: bool(),
      },
      { snakeCase: true },
    )
    expect(
      type.fromJson({ id: 'x', deregister_critical_service_after: '1m', tls_skip_verify: true, grpc_use_tls: true }),
    ).toEqual({ CheckID: 'x', DeregisterCriticalServiceAfter: 60e9, TLSSkipVerify: true, GRPCUseTLS: true })
    expect(type.fromJson({ check_id: 'y' }).CheckID).toBe('y')
    expect(Port.fromJson({ na_me: 'y' })).toEqual(Port.zero())
  })

  test('durations as text or nanoseconds', () => {
    expect(Thing.fromJson({ Wait: '10s' }).Wait).toBe(10e9)
    expect(Thing.fromJson({ Wait: 15 }).Wait).toBe(15)
  })

  test('64-bit numbers keep every digit', () => {
    const row = Thing.fromJson(parseJson('{"Flags":18446744073709551615}'))
    expect(row.Flags).toBe(18446744073709551615n)
    expect(Thing.toJson(row)).toContain('"Flags":18446744073709551615,')
  })

  test('an index beyond every index is held as the largest safe integer', () => {
    expect(Thing.fromJson(parseJson('{"CreateIndex":18446744073709551615}')).CreateIndex).toBe(Number.MAX_SAFE_INTEGER)
  })

  test('a key may be called anything', () => {
    const row = Thing.fromJson(parseJson('{"Meta":{"__proto__":"a","constructor":"b"},"__proto__":{"ID":"x"}}'))
    expect(row.ID).toBe('')
    expect(Thing.toJson(row)).toContain('"Meta":{"__proto__":"a","constructor":"b"}')
    expect(Thing.decode(Thing.encode(row))).toEqual(row)
    expect(({} as Record<string, unknown>).a).toBeUndefined()
  })

  test('a lone surrogate is U+FFFD from the start', () => {
    expect(Thing.fromJson(parseJson('{"ID":"\\ud800","Key":"\\ud800"}'))).toMatchObject({
      ID: '\ufffd',
      Key: '\xef\xbf\xbd',
    })
  })

  test.for([
    ['[]', 'the body must be an object, not a list'],
    ['5', 'the body must be an object, not a number'],
    ['{"ID":5}', 'field "ID" must be a string, not a number'],
    ['{"Port":{"Number":"80"}}', 'field "Port.Number" must be a number, not a string'],
    ['{"Port":[]}', 'field "Port" must be an object, not a list'],
    ['{"Tags":["a",1]}', 'field "Tags[1]" must be a string, not a number'],
    ['{"Tags":{}}', 'field "Tags" must be a list, not an object'],
    ['{"Meta":{"a.b":{}}}', 'field "Meta.a.b" must be a string, not an object'],
    ['{"on":1}', 'field "On" must be true or false, not a number'],
    ['{"Count":1.5}', 'field "Count" must be a whole number'],
    ['{"Count":1e300}', 'field "Count" must fit in 64 bits'],
    ['{"Flags":-1}', 'field "Flags" must not be negative'],
    ['{"Flags":18446744073709551616}', 'field "Flags" must fit in 64 bits'],
    ['{"Flags":1e17}', 'field "Flags" must fit in 64 bits'],
    ['{"CreateIndex":-1}', 'field "CreateIndex" must not be negative'],
    ['{"Ratio":1e999}', 'field "Ratio" must be a finite number'],
    ['{"Wait":"soon"}', 'time: invalid duration "soon"'],
    ['{"Wait":true}', 'field "Wait" must be a duration such as "10s" or a number of nanoseconds, not a boolean'],
    ['{"Value":"!!!"}', 'illegal base64 data at input byte 0'],
    ['{"Value":"eA=!"}', 'illegal base64 data at input byte 2'],
    ['{"Value":"eHh4eA"}', 'illegal base64 data at input byte 4'],
    ['{"Value":"eA="}', 'illegal base64 data at input byte 3'],
    ['{"Value":"eA==x"}', 'illegal base64 data at input byte 4'],
    ['{"Value":"e==="}', 'illegal base64 data at input byte 1'],
    ['{"Value":"e-_a"}', 'illegal base64 data at input byte 1'],
    ['{"Value":7}', 'field "Value" must be a string, not a number'],
  ] as const)('%s is refused: %s', ([json, reason]) => {
    expect(complaint(json)).toBe(`Request decode failed: ${reason}`)
  })

  test('an endpoint may put its own words before the reason', () => {
    expect(complaint('{"Wait":"soon"}', { prefix: 'Bad request: ' })).toBe('Bad request: time: invalid duration "soon"')
  })

  test('unknown fields are passed over or refused, as the caller says', () => {
    expect(complaint('{"Bogus":1,"ID":"a"}')).toBe('no complaint')
    expect(complaint('{"Port":{"Bogus":1}}', { unknown: 'refuse' })).toBe(
      'Request decode failed: field "Port.Bogus" is not known here',
    )
  })

  test('fuzzed values either become rows or are refused by name', () => {
    const keys = fc.constantFrom(...Object.keys(Thing.zero()), 'other', '__proto__')
    fc.assert(
      fc.property(fc.oneof(fc.jsonValue(), fc.dictionary(keys, fc.jsonValue())), (value) => {
        try {
          const row = Thing.fromJson(value)
          expect(Thing.decode(Thing.encode(row))).toEqual(row)
        } catch (error) {
          expect(error).toBeInstanceOf(JsonDecodeError)
        }
      }),
      { numRuns: 2000 },
    )
  })
})

interface Tree {
  Name: string
  Branches: readonly Tree[] | null
}

describe('structs may contain themselves', () => {
  const Tree: Struct<Tree> = struct('Tree', { Name: text(), Branches: list(later(() => Tree)) })

  test('and travel like others', () => {
    const tree: Tree = {
      Name: 'a',
      Branches: [
        { Name: 'b', Branches: [] },
        { Name: 'c', Branches: null },
      ],
    }
    expect(Tree.decode(Tree.encode(tree))).toEqual(tree)
    expect(Tree.toJson(tree)).toBe('{"Name":"a","Branches":[{"Name":"b","Branches":[]},{"Name":"c","Branches":null}]}')
  })

  test('but only so deep', () => {
    let deep: unknown = null
    for (let i = 0; i < 100; i++) deep = { Branches: [deep] }
    expect(() => Tree.fromJson(deep)).toThrow('nested more than')
    let tree: Tree = Tree.zero()
    for (let i = 0; i < 100; i++) tree = { Name: '', Branches: [tree] }
    expect(() => Tree.decode(Tree.encode(tree))).toThrow('nested more than')
  })
})

test('a name that could be read as code is refused', () => {
  expect(() => struct('Bad', { 'a; process.exit()': text() })).toThrow('cannot name a wire struct')
  expect(() => struct('Bad name', {})).toThrow('cannot name a wire struct')
})
