import type { ProtoKind } from './kinds.ts'
import { MalformedProtobufError, ProtoReader } from './reader.ts'
import { ProtoWriter, wireType } from './writer.ts'

/** One field of a message: how it gets from a row onto the wire and back. */
export interface ProtoField<Row> {
  readonly number: number
  write(writer: ProtoWriter, row: Row): void
  /** Puts what stands at the reader into the row. */
  read(reader: ProtoReader, wire: number, row: Row): void
}

/** A message: a kind for fields of other messages, with an encoding of its own. */
export interface ProtoMessage<Row> extends ProtoKind<Row> {
  readonly fields: readonly ProtoField<Row>[]
  encode(row: Row): Buffer
  /** @throws MalformedProtobufError */
  decode(message: Buffer): Row
}

/**
 * Declares a message by its fields in the order of their numbers, which is the order they are written in. Fields that a
 * reader does not know are passed over, as protobuf asks.
 *
 *     const Weights = message(WeightsStruct.zero, [field(1, 'Passing', int), field(2, 'Warning', int)])
 */
export function message<Row>(zero: () => Row, fields: readonly ProtoField<Row>[]): ProtoMessage<Row> {
  const byNumber = new Map(fields.map((known) => [known.number, known]))
  const writeFields = (writer: ProtoWriter, row: Row) => {
    for (const known of fields) known.write(writer, row)
  }
  const readFields = (reader: ProtoReader): Row => {
    const row = zero()
    readInto(reader, row, byNumber)
    return row
  }
  return {
    fields,
    wire: wireType.length,
    zero,
    // Consul's generated code keeps most messages by value, and those are written even when they are empty.
    isZero: (row) => row === null || row === undefined,
    write: (writer, row) => writer.nested(() => writeFields(writer, row)),
    read: (reader) => readFields(reader.nested()),
    encode(row) {
      const writer = new ProtoWriter()
      writeFields(writer, row)
      return writer.finish()
    },
    decode: (bytes) => readFields(new ProtoReader(bytes)),
  }
}

function readInto<Row>(reader: ProtoReader, row: Row, byNumber: ReadonlyMap<number, ProtoField<Row>>): void {
  while (!reader.ended) {
    const { number, wire } = reader.tag()
    const known = byNumber.get(number)
    if (known === undefined) reader.skip(wire)
    else known.read(reader, wire, row)
  }
}

/** A field with one value, left out when that is zero (a message: when it is null). */
export function field<Row, K extends keyof Row, T extends Row[K]>(
  number: number,
  key: K,
  kind: ProtoKind<T> | ProtoKind<NonNullable<T>>,
): ProtoField<Row> {
  const { wire } = kind as ProtoKind<T>
  const { isZero, write, read } = kind as ProtoKind<T>
  return {
    number,
    write(writer, row) {
      const value = row[key] as T
      if (value === null || value === undefined || isZero(value)) return
      writer.tag(number, wire)
      write(writer, value)
    },
    read(reader, got, row) {
      expectWire(number, wire, got)
      row[key] = read(reader)
    },
  }
}

/** The names of the fields of a row whose values are such. */
type KeysWith<Row, Value> = { [K in keyof Row]-?: Row[K] extends Value ? K : never }[keyof Row]

/** A list, one field for each item; null and empty look the same. */
export function repeated<Row, T>(
  number: number,
  key: KeysWith<Row, readonly T[] | null>,
  kind: ProtoKind<T>,
): ProtoField<Row> {
  return {
    number,
    write(writer, row) {
      for (const item of (row[key] ?? []) as readonly T[]) {
        writer.tag(number, kind.wire)
        kind.write(writer, item)
      }
    },
    read(reader, got, row) {
      expectWire(number, kind.wire, got)
      const held = (row[key] ?? []) as T[]
      held.push(kind.read(reader))
      row[key] = held as Row[typeof key]
    },
  }
}

/** A map with names for keys, one field for each entry; null and empty look the same. */
export function mapOf<Row, T>(
  number: number,
  key: KeysWith<Row, Readonly<Record<string, T>> | null>,
  kind: ProtoKind<T>,
): ProtoField<Row> {
  return {
    number,
    write(writer, row) {
      for (const [name, value] of Object.entries((row[key] ?? {}) as Record<string, T>)) {
        writer.tag(number, wireType.length)
        writer.nested(() => {
          writer.tag(1, wireType.length)
          writer.text(name)
          writer.tag(2, kind.wire)
          kind.write(writer, value)
        })
      }
    },
    read(reader, got, row) {
      expectWire(number, wireType.length, got)
      const entry = reader.nested()
      let name = ''
      let value = kind.zero()
      while (!entry.ended) {
        const { number: part, wire } = entry.tag()
        if (part === 1 && wire === wireType.length) name = entry.bytes().toString('utf8')
        else if (part === 2 && wire === kind.wire) value = kind.read(entry)
        else entry.skip(wire)
      }
      const held = (row[key] ?? {}) as Record<string, T>
      Object.defineProperty(held, name, { value, enumerable: true, configurable: true, writable: true })
      row[key] = held as Row[typeof key]
    },
  }
}

/** A nested message whose fields stand in the same row: what Go embeds, and our rows have flat. */
export function inside<Row>(number: number, fields: readonly ProtoField<Row>[]): ProtoField<Row> {
  const byNumber = new Map(fields.map((known) => [known.number, known]))
  return {
    number,
    write(writer, row) {
      writer.tag(number, wireType.length)
      writer.nested(() => {
        for (const known of fields) known.write(writer, row)
      })
    },
    read(reader, got, row) {
      expectWire(number, wireType.length, got)
      readInto(reader.nested(), row, byNumber)
    },
  }
}

function expectWire(number: number, wanted: number, got: number): void {
  if (wanted !== got) throw new MalformedProtobufError(`field ${number} has wire type ${got} instead of ${wanted}`)
}
