import type { Opaque } from '../schema.ts'
import { MalformedProtobufError, type ProtoReader } from './reader.ts'
import { type ProtoWriter, wireType } from './writer.ts'

/** How one value is written in a field, and read back. */
export interface ProtoKind<T> {
  readonly wire: number
  zero(): T
  /** True for the value that is left out of a message. */
  isZero(value: T): boolean
  write(writer: ProtoWriter, value: T): void
  read(reader: ProtoReader): T
}

/** `int32`, `int64` and enumerations: negative ones take ten bytes. */
export const int: ProtoKind<number> = {
  wire: wireType.varint,
  zero: () => 0,
  isZero: (value) => value === 0,
  write: (writer, value) => writer.varint(value),
  read: (reader) => Number(BigInt.asIntN(64, BigInt(reader.varint()))),
}

/** An index of the log or another unsigned number below 2^53. */
export const index: ProtoKind<number> = { ...int, read: (reader) => Number(reader.varint()) }

/** `uint64` with all its digits. */
export const uint64: ProtoKind<number | bigint> = {
  wire: wireType.varint,
  zero: () => 0,
  isZero: (value) => value === 0 || value === 0n,
  write: (writer, value) => writer.varint(value),
  read: (reader) => reader.varint(),
}

export const bool: ProtoKind<boolean> = {
  wire: wireType.varint,
  zero: () => false,
  isZero: (value) => !value,
  write: (writer, value) => writer.varint(value ? 1 : 0),
  read: (reader) => reader.varint() !== 0,
}

export const text: ProtoKind<string> = {
  wire: wireType.length,
  zero: () => '',
  isZero: (value) => value === '',
  write: (writer, value) => writer.text(value),
  read: (reader) => reader.bytes().toString('utf8'),
}

const nanosPerSecond = 1_000_000_000

/** `google.protobuf.Duration` as nanoseconds. */
export const duration: ProtoKind<number> = {
  wire: wireType.length,
  zero: () => 0,
  // It is a message, and those of Consul are there even when they are empty.
  isZero: () => false,
  write(writer, value) {
    writer.nested(() => {
      const seconds = Math.trunc(value / nanosPerSecond)
      const nanos = value % nanosPerSecond
      if (seconds !== 0) {
        writer.tag(1, wireType.varint)
        writer.varint(seconds)
      }
      if (nanos !== 0) {
        writer.tag(2, wireType.varint)
        writer.varint(nanos)
      }
    })
  },
  read(reader) {
    const inner = reader.nested()
    let nanos = 0
    while (!inner.ended) {
      const { number, wire } = inner.tag()
      if (wire !== wireType.varint || number > 2) inner.skip(wire)
      else nanos += int.read(inner) * (number === 1 ? nanosPerSecond : 1)
    }
    return nanos
  },
}

/** A JSON value as `google.protobuf.Value`. */
export const anyValue: ProtoKind<Opaque> = {
  wire: wireType.length,
  zero: () => null,
  isZero: () => false,
  write: (writer, value) => writer.nested(() => writeValue(writer, value)),
  read: (reader) => readValue(reader.nested()),
}

/** A JSON object as `google.protobuf.Struct`; null is left out. */
export const anyObject: ProtoKind<Readonly<Record<string, Opaque>> | null> = {
  wire: wireType.length,
  zero: () => null,
  isZero: (value) => value === null,
  write: (writer, value) => writer.nested(() => writeObject(writer, value ?? {})),
  read: (reader) => readObject(reader.nested()),
}

function writeObject(writer: ProtoWriter, value: Readonly<Record<string, Opaque>>): void {
  for (const [key, item] of Object.entries(value)) {
    writer.tag(1, wireType.length)
    writer.nested(() => {
      writer.tag(1, wireType.length)
      writer.text(key)
      writer.tag(2, wireType.length)
      anyValue.write(writer, item)
    })
  }
}

function readObject(reader: ProtoReader): Record<string, Opaque> {
  const entries: [string, Opaque][] = []
  while (!reader.ended) {
    const { number, wire } = reader.tag()
    if (number !== 1 || wire !== wireType.length) {
      reader.skip(wire)
      continue
    }
    const entry = reader.nested()
    let key = ''
    let value: Opaque = null
    while (!entry.ended) {
      const part = entry.tag()
      if (part.wire !== wireType.length) entry.skip(part.wire)
      else if (part.number === 1) key = text.read(entry)
      else if (part.number === 2) value = anyValue.read(entry)
      else entry.skip(part.wire)
    }
    entries.push([key, value])
  }
  return Object.fromEntries(entries)
}

function writeValue(writer: ProtoWriter, value: Opaque | undefined): void {
  if (value === null || value === undefined) {
    writer.tag(1, wireType.varint)
    writer.varint(0)
  } else if (typeof value === 'number' || typeof value === 'bigint') {
    writer.tag(2, wireType.fixed64)
    writer.double(Number(value))
  } else if (typeof value === 'string') {
    writer.tag(3, wireType.length)
    writer.text(value)
  } else if (typeof value === 'boolean') {
    writer.tag(4, wireType.varint)
    writer.varint(value ? 1 : 0)
  } else if (Array.isArray(value)) {
    writer.tag(6, wireType.length)
    writer.nested(() => {
      for (const item of value) {
        writer.tag(1, wireType.length)
        anyValue.write(writer, item)
      }
    })
  } else {
    writer.tag(5, wireType.length)
    writer.nested(() => writeObject(writer, value as Readonly<Record<string, Opaque>>))
  }
}

function readValue(reader: ProtoReader): Opaque {
  let value: Opaque = null
  while (!reader.ended) {
    const { number, wire } = reader.tag()
    if (number === 1 && wire === wireType.varint) reader.varint()
    else if (number === 2 && wire === wireType.fixed64) value = reader.double()
    else if (number === 3 && wire === wireType.length) value = text.read(reader)
    else if (number === 4 && wire === wireType.varint) value = bool.read(reader)
    else if (number === 5 && wire === wireType.length) value = readObject(reader.nested())
    else if (number === 6 && wire === wireType.length) value = readList(reader.nested())
    else throw new MalformedProtobufError(`field ${number} of a value is not known`)
  }
  return value
}

function readList(reader: ProtoReader): Opaque[] {
  const items: Opaque[] = []
  while (!reader.ended) {
    const { wire } = reader.tag()
    if (wire !== wireType.length) reader.skip(wire)
    else items.push(anyValue.read(reader))
  }
  return items
}
