// biome-ignore-all lint/suspicious/noTemplateCurlyInString: HCL interpolations look like JavaScript's
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type ConfigNode, type ConfigObject, plainValue } from '../../kernel/config-tree.ts'
import { parseHcl } from './parser.ts'
import { ConfigSyntaxError, defaultSyntaxLimits } from './syntax.ts'

const parse = (text: string) => plainValue(parseHcl(text, 'a.hcl'))

/** Object.create(null) on both sides, so that `toEqual` compares keys only. */
const bare = (value: unknown) => JSON.parse(JSON.stringify(value))

describe('HCL 1', () => {
  test.for<[string, unknown]>([
    ['', {}],
    ['a = 1', { a: 1 }],
    ['a = 1 b = 2', { a: 1, b: 2 }],
    ['a = 1, b = 2,', { a: 1, b: 2 }],
    ['"quoted key" = true', { 'quoted key': true }],
    ['dotted.key-name_1 = false', { 'dotted.key-name_1': false }],
    ['ключ = "本"', { ключ: '本' }],
    ['ports { dns = 8600 }', { ports: { dns: 8600 } }],
    ['ports = { dns = 8600 }', { ports: { dns: 8600 } }],
    ['service "web" { port = 80 }', { service: { web: { port: 80 } } }],
    ['resource a "b" {}', { resource: { a: { b: {} } } }],
    ['tags = ["a", "b",]', { tags: ['a', 'b'] }],
    ['mixed = [1, true, "x", [2], { y = 3 }]', { mixed: [1, true, 'x', [2], { y: 3 }] }],
    ['check { id = "a" } check { id = "b" } check { id = "c" }', { check: [{ id: 'a' }, { id: 'b' }, { id: 'c' }] }],
    ['key "a" {} key "b" {}', { key: [{ a: {} }, { b: {} }] }],
    ['a = 1 a = 2', { a: 2 }],
    ['a = [1] a = [2]', { a: [2] }],
    ['a {} a = 2', { a: 2 }],
    ['# one\n// two\n/* three\n = */ a = 1 # four', { a: 1 }],
    ['\uFEFFa = 1', { a: 1 }],
    ['a = 1\r\nb = "x"\r\n', { a: 1, b: 'x' }],
  ])('%j', ([text, tree]) => {
    expect(bare(parse(text))).toEqual(tree)
  })

  test.for<[string, number]>([
    ['0', 0],
    ['-7', -7],
    ['0x1F', 31],
    ['-0x10', -16],
    ['017', 15],
    ['1.5', 1.5],
    ['1.', 1],
    ['.5', 0.5],
    ['-2.5e-3', -0.0025],
    ['1E3', 1000],
    ['08.5', 8.5],
  ])('the number %s', ([literal, value]) => {
    expect(parse(`n = ${literal}`)).toEqual({ n: value })
  })

  test('a 64-bit integer keeps its digits', () => {
    const node = parseHcl('n = 9223372036854775807', 'a.hcl').entries.get('n')?.value
    expect(node).toMatchObject({ kind: 'number', literal: '9223372036854775807' })
  })

  test.for<[string, string]>([
    [String.raw`"\" \\ \n \t \x41 \101 \u00e4 \U0001F600"`, '" \\ \n \t A A ä 😀'],
    ['"${name} and ${file("a \\n b")}"', '${name} and ${file("a \\n b")}'],
    ['"${a\n{b}}"', '${a\n{b}}'],
    ['"$ {} $${x}"', '$ {} $${x}'],
    ['<<EOF\n  one\n\ttwo "three" \\n\nEOF', '  one\n\ttwo "three" \\n\n'],
    ['<<EOF\nEOF\n', ''],
    ['<<-EOF\n    one\n      two\n    EOF\n', 'one\n  two\n'],
    ['<<-EOF\n  one\n    EOF\n', '  one\n'],
    ['<<EOF\nnot EOF yet\nEOFX\n  EOF', 'not EOF yet\nEOFX\n'],
  ])('the string %j', ([literal, value]) => {
    expect(parse(`s = ${literal}`)).toEqual({ s: value })
  })

  test('a key and its value know where they were written', () => {
    const text = 'a = 1\n\n/* x\n y */ block "label" {\n  text = "${multi\nline}" after = 3\n}\nh = <<E\nx\nE\nlast = 5'
    const root = parseHcl(text, 'conf/a.hcl')
    const block = root.entries.get('block')
    expect(block?.keyOrigin).toEqual({ file: 'conf/a.hcl', line: 4, column: 7 })
    const label = (block!.value as ConfigObject).entries.get('label')
    expect(label?.keyOrigin).toEqual({ file: 'conf/a.hcl', line: 4, column: 13 })
    const after = (label!.value as ConfigObject).entries.get('after')
    expect(after?.keyOrigin).toEqual({ file: 'conf/a.hcl', line: 6, column: 8 })
    expect(after?.value.origin).toEqual({ file: 'conf/a.hcl', line: 6, column: 16 })
    expect(root.entries.get('last')?.keyOrigin).toEqual({ file: 'conf/a.hcl', line: 11, column: 1 })
  })

  test('blocks that repeat are told from a list that was written', () => {
    expect(parseHcl('a {} a {}', '').entries.get('a')?.value).toMatchObject({ kind: 'list', repeated: true })
    expect(parseHcl('a = [{}, {}]', '').entries.get('a')?.value).toMatchObject({ kind: 'list', repeated: false })
  })

  test('a key named __proto__ is only a key', () => {
    const root = parseHcl('__proto__ { polluted = true } constructor = 1', 'a.hcl')
    expect([...root.entries.keys()]).toEqual(['__proto__', 'constructor'])
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined()
    expect(Object.getPrototypeOf(plainValue(root))).toBeNull()
  })

  test.for<[string, string]>([
    ['a =', '1:4: the end of the text cannot stand here; a value is expected'],
    ['a = b', '1:5: b is no value; put text in double quotes'],
    ["a = 'b'", '1:5: strings stand in double quotes; write " instead of \''],
    ['a "b" = 1', '1:7: = cannot follow a label; open the block with {'],
    ['a 5', '1:3: the number 5 cannot follow a key; write = and a value, or {'],
    ['= 5', '1:1: = cannot stand here; a key is expected'],
    ['a {\n b = 1', '1:3: this { is never closed; end it with }'],
    ['a = 1 }', '1:7: } cannot stand here; a key is expected'],
    ['a = [1 2]', '1:8: the number 2 cannot follow an item; write a comma or ]'],
    ['a = [1,', '1:5: this [ is never closed; end it with ]'],
    ['a = "x\ny"', '1:5: this string is never closed; end it with "'],
    ['a = "${x"', '1:6: this ${ is never closed; end it with }'],
    ['a = "${\n}\\q"', '2:2: there is no escape \\q; write \\\\ for a backslash'],
    ['a = "\\u12"', '1:6: this escape needs 4 hexadecimal digits; write all of them'],
    ['a = "\\ud800"', '1:6: there is no such character; write another'],
    ['a = "\\xff"', '1:6: bytes beyond ASCII cannot be written so; use \\u and four digits'],
    ['a = 089', '1:5: 089 begins with 0 and so must be octal; drop the 0 or the digits 8 and 9'],
    ['a = 12ab', '1:5: this is neither a number nor a name; put text in double quotes'],
    ['a = 1.2.3.4', '1:5: this is neither a number nor a name; put text in double quotes'],
    ['a = <<EOF x\nEOF', '1:5: a heredoc begins with << and a word alone on the line; write <<EOF'],
    ['a = <<EOF\nx', '1:5: this heredoc is never closed; end it with a line that says EOF'],
    ['/* x', '1:1: this comment is never closed; end it with */'],
    ['a / b', '1:3: a single / cannot stand here; a comment begins with //'],
    ['\n  @', '2:3: "@" cannot stand here; a key, a value or a bracket is expected'],
    ['a = \0', '1:5: control character 0 cannot stand here; a key, a value or a bracket is expected'],
  ])('%j is refused at its place', ([text, message]) => {
    expect(() => parseHcl(text, 'a.hcl')).toThrow(
      expect.objectContaining({ code: 'config_syntax', message: `a.hcl:${message}` }),
    )
  })
})

describe('limits of HCL', () => {
  test.for<[string, string]>([
    ['lists', `a = ${'['.repeat(100_000)}`],
    ['blocks', 'a {'.repeat(100_000)],
    ['labels', `a ${'b '.repeat(100_000)}{}`],
  ])('%s that nest without end are refused', ([, text]) => {
    expect(() => parseHcl(text, 'a.hcl')).toThrow('more than 64 levels deep')
  })

  test('what stays within the depth is taken', () => {
    expect(() => parseHcl(`a = ${'['.repeat(63)}${']'.repeat(63)}`, 'a.hcl')).not.toThrow()
  })

  test('a long text and a long token are refused', () => {
    const limits = { ...defaultSyntaxLimits, textLength: 1000, tokenLength: 50 }
    expect(() => parseHcl('#'.repeat(1001), 'a', limits)).toThrow('more than 1000 characters')
    for (const token of [`"${'x'.repeat(60)}"`, '1'.repeat(60), `<<E\n${'x'.repeat(60)}\nE`]) {
      expect(() => parseHcl(`a = ${token}`, 'a', limits)).toThrow('longer than the 50 characters')
    }
    expect(() => parseHcl(`${'x'.repeat(60)} = 1`, 'a', limits)).toThrow('longer than the 50 characters')
  })

  // Each would take minutes if some character were looked at again and again.
  test.for<[string, string]>([
    ['strings on one line', 'a="x" '.repeat(200_000)],
    ['repeated blocks', 'a{}'.repeat(200_000)],
    ['open comments', `${'/*'.repeat(500_000)}*/`],
    ['interpolations', `a = "${'${x}'.repeat(200_000)}"`],
    ['heredoc markers', `a = <<E\n${'<<E\n'.repeat(200_000)}E`],
    ['minus signs', `a = ${'-'.repeat(500_000)}`],
    ['digits', `a = ${'1'.repeat(500_000)}`],
  ])('many %s are read in one pass', ([, text]) => {
    const start = performance.now()
    try {
      parseHcl(text, 'a.hcl')
    } catch (error) {
      expect(error).toBeInstanceOf(ConfigSyntaxError)
    }
    expect(performance.now() - start).toBeLessThan(5000)
  })
})

/** Prints a tree in one of the many ways HCL allows. */
function printValue(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(printValue).join(', ')}]`
  if (typeof value === 'object' && value !== null) return `{${printItems(value)}}`
  return JSON.stringify(value)
}

function printItems(value: object): string {
  return Object.entries(value)
    .map(([key, item]) => `${JSON.stringify(key)}${isBlock(item) ? ' ' : ' = '}${printValue(item)}\n`)
    .join('')
}

const isBlock = (value: unknown) => typeof value === 'object' && value !== null && !Array.isArray(value)

const text = fc.string({ unit: 'binary' }).filter((value) => !value.includes('${'))
const { tree } = fc.letrec<{ tree: unknown; value: unknown }>((tie) => ({
  tree: fc.dictionary(text, tie('value'), { maxKeys: 5, depthIdentifier: 'tree' }),
  value: fc.oneof(
    { maxDepth: 4, depthIdentifier: 'tree' },
    text,
    fc.boolean(),
    fc.integer(),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => number + 0),
    fc.array(tie('value'), { maxLength: 4, depthIdentifier: 'tree' }),
    tie('tree'),
  ),
}))

describe('any HCL', () => {
  test('that prints a tree parses to that tree', () => {
    fc.assert(
      fc.property(tree, (value) => {
        expect(bare(parse(printItems(value as object)))).toEqual(bare(value))
      }),
    )
  })

  const seed = `service "web" { port = 0x50, tags = ["a", "\${b}\\n"] } # c\ntext = <<-EOF\n  x\n  EOF\n/* d */ n = -1.5e3`

  test('that was damaged gives a tree or a syntax error inside the text', () => {
    const damaged = fc
      .tuple(
        fc.nat(seed.length),
        fc.nat(20),
        fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom(...'{}[]"=,<\\$\n#/-.0')),
      )
      .map(([at, cut, put]) => seed.slice(0, at) + put + seed.slice(at + cut))
    fc.assert(
      fc.property(fc.oneof(damaged, fc.string({ unit: 'binary', maxLength: 200 })), (hcl) => {
        let node: ConfigNode
        try {
          node = parseHcl(hcl, 'fuzz')
        } catch (error) {
          if (!(error instanceof ConfigSyntaxError)) throw error
          const lines = hcl.split('\n')
          expect(error.origin.line).toBeGreaterThan(0)
          expect(error.origin.line).toBeLessThanOrEqual(lines.length)
          expect(error.origin.column).toBeLessThanOrEqual((lines[error.origin.line - 1]?.length ?? 0) + 1)
          return
        }
        expect(node.kind).toBe('object')
      }),
      { numRuns: 3000 },
    )
  })
})
