import type { FieldKeys } from '../../../src/wire/msgpack-reader.ts'
import { MsgpackWriter, writeMsgpack } from '../../../src/wire/msgpack-writer.ts'
import { isList, LenientReader } from '../serf/lenient-reader.ts'

/** What fields can hold. With `?` a field is left out when it is empty or zero. */
export type FieldType = 'text' | 'bytes' | 'bool' | 'u8' | 'u16' | 'u32' | 'int'
export type FieldTypes = Readonly<Record<string, FieldType | `${FieldType}?`>>

type ValueOf<T> = T extends 'text' | 'text?'
  ? string
  : T extends 'bytes' | 'bytes?'
    ? Buffer
    : T extends 'bool' | 'bool?'
      ? boolean
      : number

export type RowOf<F extends FieldTypes> = { -readonly [K in keyof F]: ValueOf<F[K]> }

/** A msgpack record of memberlist. */
export interface WireRecord<R> {
  /** The record in a buffer of its own, `firstByte` in front when given. */
  encode(row: R, firstByte?: number): Buffer
  write(writer: MsgpackWriter, row: R): void
  /**
   * Reads one record; what was not sent is zero or empty, bytes are copies. What follows the record is left alone.
   *
   * @throws MalformedMsgpackError
   */
  read(reader: LenientReader): R
  decode(bytes: Buffer, at?: number): R
}

interface Field {
  readonly name: string
  readonly type: FieldType
  readonly optional: boolean
  readonly encodedName: Uint8Array
}

/** Shared by all fields that hold no bytes. */
export const noBytes: Buffer = Buffer.alloc(0)

const intMax = Number.MAX_SAFE_INTEGER
const largest: Readonly<Record<FieldType, number>> = {
  text: 0,
  bytes: 0,
  bool: 0,
  u8: 0xff,
  u16: 0xffff,
  u32: 0xffffffff,
  int: intMax,
}

/**
 * Declares a record, its fields in the order of memberlist's own declaration, in which peers may also send it as a list.
 * Writing follows protocol/gossip.md §1.1: sorted keys, every field present. Reading is as lenient as §1.2 asks for, text
 * as bin included, which newer peers take.
 */
export function record<const F extends FieldTypes>(types: F): WireRecord<RowOf<F>> {
  type Row = RowOf<F>
  const declared = Object.entries(types).map(([name, type]) => field(name, type))
  const sorted = [...declared].sort((a, b) => (a.name < b.name ? -1 : 1))
  const keys: FieldKeys = {
    encoded: sorted.map(({ encodedName }) => encodedName),
    slots: new Map(sorted.map(({ name }, slot) => [name, slot])),
  }
  const zero = Object.fromEntries(declared.map(({ name, type }) => [name, zeroOf(type)])) as Row
  const optionals = sorted.filter(({ optional }) => optional)

  function write(writer: MsgpackWriter, row: Record<string, unknown>): void {
    let count = sorted.length
    for (const { name, type } of optionals) if (isEmpty(type, row[name])) count--
    writer.mapHeader(count)
    for (const { name, type, optional, encodedName } of sorted) {
      const value = row[name]
      if (optional && isEmpty(type, value)) continue
      writer.raw(encodedName)
      writeValue(writer, type, value)
    }
  }

  function read(reader: LenientReader): Row {
    const row = { ...zero } as Record<string, unknown>
    if (reader.nil()) return row as Row
    if (isList(reader.peek())) {
      const count = reader.listSize()
      for (let i = 0; i < count; i++) {
        const one = declared[i]
        if (one === undefined) reader.skip()
        else row[one.name] = readValue(reader, one.type)
      }
      return row as Row
    }
    let expected = 0
    for (let left = reader.mapSize(); left > 0; left--) {
      const slot = reader.field(keys, expected)
      const one = sorted[slot]
      if (one === undefined) {
        reader.skip()
        continue
      }
      row[one.name] = readValue(reader, one.type)
      expected = slot + 1
    }
    return row as Row
  }

  return {
    encode: (row, firstByte) =>
      writeMsgpack((writer) => {
        if (firstByte !== undefined) writer.byte(firstByte)
        write(writer, row)
      }),
    write,
    read,
    decode: (bytes, at = 0) => read(new LenientReader(bytes, at)),
  }
}

function field(name: string, declared: string): Field {
  const optional = declared.endsWith('?')
  const writer = new MsgpackWriter()
  writer.text(name)
  return {
    name,
    type: (optional ? declared.slice(0, -1) : declared) as FieldType,
    optional,
    encodedName: Uint8Array.from(writer.take()),
  }
}

function zeroOf(type: FieldType): unknown {
  if (type === 'text') return ''
  if (type === 'bytes') return noBytes
  return type === 'bool' ? false : 0
}

function isEmpty(type: FieldType, value: unknown): boolean {
  return type === 'bytes' ? (value as Buffer).length === 0 : !value
}

function writeValue(writer: MsgpackWriter, type: FieldType, value: unknown): void {
  if (type === 'text') writer.text(value as string)
  else if (type === 'bool') writer.bool(value as boolean)
  else if (type !== 'bytes') writer.integer(value as number)
  // Peers take nil and no bytes as the same, and write nil.
  else if ((value as Buffer).length === 0) writer.nil()
  else writer.blob(value as Buffer)
}

function readValue(reader: LenientReader, type: FieldType): unknown {
  switch (type) {
    case 'text':
      return reader.text()
    case 'bytes': {
      // A copy: what stays of a message must not keep all of the packet or stream in memory.
      const shared = reader.blob()
      return shared === null || shared.length === 0 ? noBytes : Buffer.from(shared)
    }
    case 'bool':
      return reader.bool()
    default: {
      const value = reader.integer()
      if (typeof value === 'bigint' || value < (type === 'int' ? -intMax : 0) || value > largest[type]) {
        return reader.fail(`expected an integer of the type ${type}`)
      }
      return value
    }
  }
}
