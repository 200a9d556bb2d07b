import type { JsonCursor } from '../json/cursor.ts'
import { doubleJson, quoteJson } from '../json/text.ts'
import type { MsgpackReader } from '../msgpack-reader.ts'
import type { MsgpackWriter } from '../msgpack-writer.ts'
import { emptyMap, map, sortedKeys, type TextMap } from './containers.ts'
import { type FieldOptions, type Kind, kind } from './kind.ts'

/**
 * A value Consul passes on without looking inside. Numbers are doubles, which is what JSON makes of them; an integer
 * that came over the wire is a bigint, so that it leaves in the form it arrived in.
 */
export type Opaque = null | boolean | number | bigint | string | readonly Opaque[] | { readonly [key: string]: Opaque }

/** `any` in protocol/servers.md §7. */
export function opaque(options?: FieldOptions): Kind<Opaque> {
  return kind<Opaque>(
    {
      shape: () => ({ type: 'any' }),
      zero: () => null,
      isEmpty: (value) => value === null,
      write: writeOpaque,
      read: readOpaque,
      writeJson: opaqueJson,
      readJson: opaqueFromJson,
    },
    options,
  )
}

/** `{s:any}`: settings of proxies and the like. */
export function opaqueMap(options?: FieldOptions): Kind<TextMap<Opaque> | null> {
  return map(opaque(), options)
}

function writeOpaque(writer: MsgpackWriter, value: Opaque): void {
  if (typeof value === 'string') writer.text(value)
  else if (typeof value === 'number') writer.float64(value)
  else if (typeof value === 'bigint') writer.wideInteger(value)
  else if (typeof value === 'boolean') writer.bool(value)
  else if (value === null) writer.nil()
  else if (isList(value)) {
    writer.listHeader(value.length)
    for (const item of value) writeOpaque(writer, item)
  } else {
    const keys = Object.keys(value)
    writer.mapHeader(keys.length)
    for (const key of keys) {
      writer.text(key)
      writeOpaque(writer, value[key]!)
    }
  }
}

function readOpaque(reader: MsgpackReader): Opaque {
  const tag = reader.peek()
  if (tag < 0x80 || tag >= 0xe0 || (tag >= 0xcc && tag <= 0xd3)) return BigInt(reader.integer())
  if (tag === 0xc0) {
    reader.nil()
    return null
  }
  if (tag === 0xc2 || tag === 0xc3) return reader.bool()
  if (tag === 0xca || tag === 0xcb) return reader.float()
  if ((tag >= 0x90 && tag <= 0x9f) || tag === 0xdc || tag === 0xdd) {
    const values: Opaque[] = []
    reader.enter()
    for (let left = reader.listSize(); left > 0; left--) values.push(readOpaque(reader))
    reader.leave()
    return values
  }
  if (tag <= 0x8f || tag === 0xde || tag === 0xdf) {
    const values = emptyMap<Opaque>()
    reader.enter()
    for (let left = reader.mapSize(); left > 0; left--) {
      const key = reader.text()
      values[key] = readOpaque(reader)
    }
    reader.leave()
    return values
  }
  return reader.text()
}

function opaqueJson(value: Opaque): string {
  switch (typeof value) {
    case 'string':
      return quoteJson(value)
    case 'number':
      return doubleJson(value)
    case 'bigint':
    case 'boolean':
      return String(value)
  }
  if (value === null) return 'null'
  if (isList(value)) return `[${value.map(opaqueJson).join(',')}]`
  const members = sortedKeys(value).map((key) => `${quoteJson(key)}:${opaqueJson(value[key]!)}`)
  return `{${members.join(',')}}`
}

function opaqueFromJson(value: unknown, cursor: JsonCursor): Opaque {
  switch (typeof value) {
    case 'string':
      return value.toWellFormed()
    case 'boolean':
      return value
    case 'number':
    case 'bigint': {
      const number = Number(value)
      if (!Number.isFinite(number)) throw cursor.unfit('must be a finite number')
      return number
    }
    case 'object':
      break
    default:
      return null
  }
  if (value === null) return null
  if (Array.isArray(value)) {
    return value.map((item, i) => {
      cursor.enter(i)
      const read = opaqueFromJson(item, cursor)
      cursor.leave()
      return read
    })
  }
  const values = emptyMap<Opaque>()
  for (const [key, item] of Object.entries(value)) {
    cursor.enter(key)
    values[key.toWellFormed()] = opaqueFromJson(item, cursor)
    cursor.leave()
  }
  return values
}

function isList(value: object): value is readonly Opaque[] {
  return Array.isArray(value)
}
