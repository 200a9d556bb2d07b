import type { JsonCursor } from '../json/cursor.ts'
import type { MsgpackReader } from '../msgpack-reader.ts'
import type { MsgpackWriter } from '../msgpack-writer.ts'
import type { Shape } from './shape.ts'

/** How one field of a struct appears. Everything but `omitEmptyOnWire` concerns JSON only. */
export interface FieldOptions {
  /**
   * Leave the field out of JSON when it is empty in Go's sense: false, 0, '', nil, no elements. A nested struct never
   * is; `'zero'` leaves it out when all its fields are.
   */
  readonly omitEmpty?: boolean | 'zero'
  /** Another name in JSON, or `false` for a field that JSON does not have. */
  readonly json?: string | false
  /** What JSON shows for a nil list, map, pointer or bytes; default `null`. */
  readonly nil?: 'null' | '[]' | '{}'
  /** More names the JSON reader accepts, in any letter case. */
  readonly alias?: readonly string[]
  /** Leave the field out of the msgpack map when it is empty (`~` in protocol/servers.md §7). */
  readonly omitEmptyOnWire?: boolean
}

/**
 * A type of field: how its values travel in msgpack and in JSON. The functions do not use `this`, so that a kind can be
 * copied with other options and its functions be taken out of it.
 */
export interface Kind<T> {
  readonly options: FieldOptions
  /** What its JSON looks like; anything when left out. */
  readonly shape?: () => Shape
  /** Go's zero value: what a field holds that was not sent. */
  zero(): T
  /** Go's notion of empty, see `FieldOptions.omitEmpty`. */
  isEmpty(value: T): boolean
  /** Whether a value is the zero value; differs from empty for structs. */
  isZero(value: T): boolean
  write(writer: MsgpackWriter, value: T): void
  /** Nil on the wire gives the zero value. Throws MalformedMsgpackError. */
  read(reader: MsgpackReader): T
  writeJson(value: T): string
  /** `null` gives the zero value. Throws JsonDecodeError. */
  readJson(value: unknown, cursor: JsonCursor): T
}

/** The type of the values a struct or kind describes. */
export type Infer<K> = K extends Kind<infer T> ? T : never

type KindCore<T> = Omit<Kind<T>, 'options' | 'isZero'> & Partial<Pick<Kind<T>, 'isZero'>>

export function kind<T>(core: KindCore<T>, options: FieldOptions = {}): Kind<T> {
  return { isZero: core.isEmpty, ...core, options }
}

/** The same kind with other field options; what is not named stays. */
export function adjusted<T>(original: Kind<T>, options: FieldOptions): Kind<T> {
  return { ...original, options: { ...original.options, ...options } }
}
