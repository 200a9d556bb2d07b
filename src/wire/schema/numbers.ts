import type { JsonCursor } from '../json/cursor.ts'
import { doubleJson, floatJson } from '../json/text.ts'
import type { MsgpackReader } from '../msgpack-reader.ts'
import { type FieldOptions, type Kind, kind } from './kind.ts'

const largestUint64 = 2n ** 64n - 1n

/** A signed integer such as a port or a weight. Values beyond ±(2^53 - 1) are held as that limit. */
export function int(options?: FieldOptions): Kind<number> {
  return integerKind(-Number.MAX_SAFE_INTEGER, options)
}

/**
 * A Raft index or another counter that never comes near 2^53: a plain number. What a client makes up beyond that is
 * held as 2^53 - 1, which matches no index either.
 */
export function index(options?: FieldOptions): Kind<number> {
  return integerKind(0, options)
}

function integerKind(least: number, options?: FieldOptions): Kind<number> {
  return kind<number>(
    {
      shape: () => ({ type: 'integer', signed: least < 0 }),
      zero: () => 0,
      isEmpty: (value) => value === 0,
      write: (writer, value) => writer.integer(value),
      read: (reader) => {
        const value = readSafe(reader)
        return value < least ? reader.fail('expected an integer that is not negative') : value
      },
      writeJson: String,
      readJson: (value, cursor) => {
        const integer = jsonInteger(value, cursor)
        if (integer < least) throw cursor.unfit('must not be negative')
        if (integer > largestUint64) throw cursor.unfit('must fit in 64 bits')
        return saturated(integer)
      },
    },
    options,
  )
}

function readSafe(reader: MsgpackReader): number {
  return saturated(reader.integer())
}

function saturated(value: number | bigint): number {
  if (typeof value === 'number' && Number.isSafeInteger(value)) return value
  return value > 0 ? Number.MAX_SAFE_INTEGER : -Number.MAX_SAFE_INTEGER
}

/** All 64 bits, such as KV Flags: a number up to 2^53 - 1, a bigint above, in msgpack and in JSON with all digits. */
export function uint64(options?: FieldOptions): Kind<number | bigint> {
  return kind<number | bigint>(
    {
      shape: () => ({ type: 'integer', signed: false }),
      zero: () => 0,
      isEmpty: (value) => value === 0 || value === 0n,
      write: (writer, value) => (typeof value === 'number' ? writer.integer(value) : writer.wideInteger(value)),
      read: (reader) => {
        const value = reader.integer()
        return value < 0 ? reader.fail('expected an integer that is not negative') : value
      },
      writeJson: String,
      readJson(value, cursor) {
        const integer = jsonInteger(value, cursor)
        if (integer < 0) throw cursor.unfit('must not be negative')
        if (integer > largestUint64 || (typeof integer === 'number' && !Number.isSafeInteger(integer))) {
          throw cursor.unfit('must fit in 64 bits')
        }
        return integer
      },
    },
    options,
  )
}

function jsonInteger(value: unknown, cursor: JsonCursor): number | bigint {
  if (typeof value === 'bigint') return value
  if (value === null || value === undefined) return 0
  if (typeof value !== 'number') throw cursor.mismatch('a number', value)
  if (!Number.isInteger(value)) throw cursor.unfit('must be a whole number')
  return value === 0 ? 0 : value
}

/** A double. Always nine bytes in msgpack, also for whole numbers. */
export function float64(options?: FieldOptions): Kind<number> {
  return kind<number>(
    {
      shape: () => ({ type: 'number' }),
      zero: () => 0,
      isEmpty: (value) => value === 0,
      write: (writer, value) => writer.float64(value),
      read: (reader) => reader.float(),
      writeJson: doubleJson,
      readJson: jsonFloat,
    },
    options,
  )
}

/** A 32-bit float, held as the double nearest to it. */
export function float32(options?: FieldOptions): Kind<number> {
  return kind<number>(
    {
      shape: () => ({ type: 'number' }),
      zero: () => 0,
      isEmpty: (value) => value === 0,
      write: (writer, value) => writer.float32(value),
      read: (reader) => Math.fround(reader.float()),
      writeJson: floatJson,
      readJson: (value, cursor) => Math.fround(jsonFloat(value, cursor)),
    },
    options,
  )
}

function jsonFloat(value: unknown, cursor: JsonCursor): number {
  if (value === null || value === undefined) return 0
  if (typeof value !== 'number' && typeof value !== 'bigint') throw cursor.mismatch('a number', value)
  const number = Number(value)
  if (!Number.isFinite(number)) throw cursor.unfit('must be a finite number')
  return number
}
