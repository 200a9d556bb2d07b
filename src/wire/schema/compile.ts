import { assert } from '../../kernel/assert.ts'
import type { FieldKeys, MsgpackReader } from '../msgpack-reader.ts'
import { MsgpackWriter } from '../msgpack-writer.ts'
import type { Kind } from './kind.ts'

/** One field of a struct, in the order of its declaration. */
export interface Field {
  readonly name: string
  // biome-ignore lint/suspicious/noExplicitAny: a struct has fields of many types; `RowOf` gives them back to its users
  readonly kind: Kind<any>
}

/**
 * Codecs of a struct as straight-line code made from its declaration: one statement per field, calls whose target never
 * changes, and rows that all have the same hidden class. A loop over the declaration takes about three times as long.
 *
 * The text given to `Function` consists of this file's words, slot numbers and field names, and `checkName` has seen
 * every name. Nothing that comes from outside the program's own source gets there.
 */
function build<F>(name: string, body: string, parts: Record<string, unknown>): F {
  const keys = Object.keys(parts)
  return new Function(...keys, `'use strict'\nreturn function ${name}${body}`)(...keys.map((key) => parts[key])) as F
}

const identifier = /^[A-Za-z][A-Za-z0-9]*$/

/** A declaration's names become part of generated code, so they are held to plain identifiers. */
export function checkName(name: string): void {
  assert(identifier.test(name), `"${name}" cannot name a wire struct or one of its fields`)
}

/** Functions of the fields' kinds as variables `w0`, `w1` … of the generated code. */
function bind(
  fields: readonly Field[],
  prefix: string,
  pick: (kind: Field['kind']) => unknown,
): Record<string, unknown> {
  return Object.fromEntries(fields.map((field, i) => [`${prefix}${i}`, pick(field.kind)]))
}

/** Names sort bytewise on the wire; they are ASCII, so the order of UTF-16 units is the same. */
function wireOrder(fields: readonly Field[]): Field[] {
  return [...fields].sort((a, b) => (a.name < b.name ? -1 : 1))
}

function encodedName(name: string, mapHeader?: number): Uint8Array {
  const writer = new MsgpackWriter()
  if (mapHeader !== undefined) writer.mapHeader(mapHeader)
  writer.text(name)
  return Uint8Array.from(writer.take())
}

export function compileZero<T>(name: string, fields: readonly Field[]): () => T {
  const members = fields.map((field, i) => `${field.name}: z${i}()`).join(', ')
  return build(
    `zero_${name}`,
    `() { return { ${members} } }`,
    bind(fields, 'z', (kind) => kind.zero),
  )
}

export function compileWrite<T>(name: string, declared: readonly Field[]): (writer: MsgpackWriter, value: T) => void {
  const fields = wireOrder(declared)
  const parts = {
    ...bind(fields, 'w', (kind) => kind.write),
    ...bind(fields, 'e', (kind) => kind.isEmpty),
  }
  const variable = fields.some((field) => field.kind.options.omitEmptyOnWire)
  const lines: string[] = []
  if (variable || fields.length === 0) {
    const counted = fields.map((field, i) =>
      field.kind.options.omitEmptyOnWire ? `(e${i}(value.${field.name}) ? 0 : 1)` : '1',
    )
    lines.push(`writer.mapHeader(${counted.join(' + ') || '0'})`)
  }
  const keys: Record<string, Uint8Array> = {}
  fields.forEach((field, i) => {
    keys[`k${i}`] = encodedName(field.name, i === 0 && !variable ? fields.length : undefined)
    const guard = field.kind.options.omitEmptyOnWire ? `if (!e${i}(value.${field.name})) ` : ''
    lines.push(`${guard}{ writer.raw(k${i}); w${i}(writer, value.${field.name}) }`)
  })
  return build(`write_${name}`, `(writer, value) {\n${lines.join('\n')}\n}`, { ...parts, ...keys })
}

export function compileRead<T>(name: string, declared: readonly Field[]): (reader: MsgpackReader) => T {
  const fields = wireOrder(declared)
  const keys: FieldKeys = {
    encoded: fields.map((field) => encodedName(field.name)),
    slots: new Map(fields.map((field, i) => [field.name, i])),
  }
  const cases = fields.map((_, i) => `case ${i}: v${i} = r${i}(reader); break`)
  const members = declared.map((field) => {
    const i = fields.indexOf(field)
    return `${field.name}: v${i} === undefined ? z${i}() : v${i}`
  })
  const variables = fields.length === 0 ? '' : `let ${fields.map((_, i) => `v${i}`).join(', ')}`
  const body = `(reader) {
    ${variables}
    if (!reader.nil()) {
      reader.enter()
      let expected = 0
      for (let left = reader.mapSize(); left > 0; left--) {
        const slot = reader.field(keys, expected)
        switch (slot) {
          ${cases.join('\n')}
          default: reader.skip(); continue
        }
        expected = slot + 1
      }
      reader.leave()
    }
    return { ${members.join(', ')} }
  }`
  return build(`read_${name}`, body, {
    keys,
    ...bind(fields, 'r', (kind) => kind.read),
    ...bind(fields, 'z', (kind) => kind.zero),
  })
}

export function compileWriteJson<T>(name: string, declared: readonly Field[]): (value: T) => string {
  const fields = declared.filter((field) => field.kind.options.json !== false)
  const lines: string[] = []
  let certain = false // that a field stands before this one, so that a comma does too
  fields.forEach((field, i) => {
    const { omitEmpty, nil } = field.kind.options
    const value = `value.${field.name}`
    const written = nil === undefined ? `j${i}(${value})` : `(${value} === null ? '${nil}' : j${i}(${value}))`
    const member = `${JSON.stringify(`"${jsonName(field)}":`)} + ${written}`
    if (omitEmpty) {
      const test = omitEmpty === 'zero' ? `o${i}` : `e${i}`
      lines.push(`if (!${test}(${value})) { json += ${certain ? "','" : 'before'} + ${member}; before = ',' }`)
    } else {
      lines.push(`json += ${certain ? "','" : 'before'} + ${member}`)
      certain = true
    }
  })
  const end = certain ? `json + '}'` : `before === '{' ? '{}' : json + '}'`
  return build(`json_${name}`, `(value) {\nlet json = '', before = '{'\n${lines.join('\n')}\nreturn ${end}\n}`, {
    ...bind(fields, 'j', (kind) => kind.writeJson),
    ...bind(fields, 'e', (kind) => kind.isEmpty),
    ...bind(fields, 'o', (kind) => kind.isZero),
  })
}

/** A field's name in JSON. */
export function jsonName(field: Field): string {
  const { json } = field.kind.options
  return typeof json === 'string' ? json : field.name
}
