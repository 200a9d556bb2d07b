import { formatGoDuration, parseGoDuration } from '../go-duration.ts'
import { formatGoTime, type GoTime, goEpochSeconds, parseGoTime, zeroTime } from '../go-time.ts'
import { quoteJson } from '../json/text.ts'
import { type FieldOptions, type Kind, kind } from './kind.ts'

export interface DurationOptions extends FieldOptions {
  /** How JSON shows it: a number of nanoseconds (the default) or text such as `"10s"`. Both are always read. */
  readonly as?: 'nanoseconds' | 'text'
}

/** A duration in nanoseconds, held as a number: exact to 104 days, and beyond that for whole seconds up to 146 years. */
export function duration(options: DurationOptions = {}): Kind<number> {
  const asText = options.as === 'text'
  return kind<number>(
    {
      shape: () => ({ type: 'duration', as: asText ? 'text' : 'nanoseconds' }),
      zero: () => 0,
      isEmpty: (value) => value === 0,
      write: (writer, value) =>
        Number.isSafeInteger(value) ? writer.integer(value) : writer.wideInteger(BigInt.asIntN(64, BigInt(value))),
      read: (reader) => Number(reader.integer()),
      writeJson: (value) => (asText ? `"${formatGoDuration(value)}"` : BigInt(value).toString()),
      readJson(value, cursor) {
        if (value === null || value === undefined) return 0
        if (typeof value === 'string') {
          const nanos = parseGoDuration(value)
          if (typeof nanos === 'number') return nanos
          throw cursor.error(nanos.problem)
        }
        if (typeof value !== 'number' && typeof value !== 'bigint') {
          throw cursor.mismatch('a duration such as "10s" or a number of nanoseconds', value)
        }
        const nanos = Number(value)
        if (!Number.isFinite(nanos) || Math.abs(nanos) >= 2 ** 63) throw cursor.unfit('must fit in 64 bits')
        return Math.trunc(nanos) || 0
      },
    },
    options,
  )
}

const timeBytes = 15
/** Version byte that starts each encoded time. */
const timeVersion = 1
const utcMarker = -1
const two32 = 2 ** 32
/** Years 0 to 9999, which RFC 3339 can show, less a day at the end for zones. */
const firstSecond = -62_167_219_200
const lastSecond = 253_402_300_799 - 86_400
const offsetMinutesMax = 24 * 60

/** A moment: 15 bytes in a raw string (protocol/servers.md §3), RFC 3339 with nanoseconds in JSON. Zone offsets are kept. */
export function time(options?: FieldOptions): Kind<GoTime> {
  return kind<GoTime>(
    {
      shape: () => ({ type: 'time' }),
      zero: () => zeroTime,
      isEmpty: () => false,
      isZero: (value) => value.unixSeconds === zeroTime.unixSeconds && value.nanos === 0,
      write(writer, value) {
        const seconds = value.unixSeconds + goEpochSeconds
        writer.rawHeader(timeBytes)
        writer.reserve(timeBytes)
        const { bytes, at } = writer
        bytes[at] = timeVersion
        bytes.writeInt32BE(Math.floor(seconds / two32), at + 1)
        bytes.writeUInt32BE(((seconds % two32) + two32) % two32, at + 5)
        bytes.writeUInt32BE(value.nanos, at + 9)
        writer.at = bytes.writeInt16BE(value.offsetMinutes ?? utcMarker, at + 13)
      },
      read(reader) {
        if (reader.nil()) return zeroTime
        if (reader.rawSize() !== timeBytes) reader.fail(`expected a time of ${timeBytes} bytes`)
        const { bytes, at } = reader
        if (bytes[at] !== timeVersion) reader.fail('expected a time of version 1')
        const unixSeconds = bytes.readInt32BE(at + 1) * two32 + bytes.readUInt32BE(at + 5) - goEpochSeconds
        const nanos = bytes.readUInt32BE(at + 9)
        const offset = bytes.readInt16BE(at + 13)
        const exists = unixSeconds >= firstSecond && unixSeconds <= lastSecond && nanos <= 999_999_999
        if (!exists || Math.abs(offset) > offsetMinutesMax) reader.fail('expected a time of the years 0 to 9999')
        reader.at = at + timeBytes
        return { unixSeconds, nanos, offsetMinutes: offset === utcMarker ? null : offset }
      },
      writeJson: (value) => quoteJson(formatGoTime(value)),
      readJson(value, cursor) {
        if (value === null || value === undefined) return zeroTime
        if (typeof value !== 'string') throw cursor.mismatch('a time such as "2006-01-02T15:04:05Z"', value)
        const parsed = parseGoTime(value)
        if (parsed === undefined) throw cursor.unfit('must be a time such as "2006-01-02T15:04:05Z"')
        return parsed
      },
    },
    options,
  )
}
