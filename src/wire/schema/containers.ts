import { binaryFromUtf8, isAscii, quoteJson } from '../json/text.ts'
import { type FieldOptions, type Kind, kind } from './kind.ts'

/** A list; nil and empty are different things to Consul's agents, so nil is `null`. */
export function list<T>(element: Kind<T>, options?: FieldOptions): Kind<readonly T[] | null> {
  const { write, read, writeJson, readJson } = element
  return kind<readonly T[] | null>(
    {
      shape: () => ({ type: 'list', of: element }),
      zero: () => null,
      isEmpty: (value) => value === null || value.length === 0,
      isZero: (value) => value === null,
      write(writer, value) {
        if (value === null) {
          writer.nil()
          return
        }
        writer.listHeader(value.length)
        for (const item of value) write(writer, item)
      },
      read(reader) {
        if (reader.nil()) return null
        const values: T[] = []
        reader.enter()
        for (let left = reader.listSize(); left > 0; left--) values.push(read(reader))
        reader.leave()
        return values
      },
      writeJson(value) {
        if (value === null) return 'null'
        let json = '['
        for (let i = 0; i < value.length; i++) json += (i === 0 ? '' : ',') + writeJson(value[i]!)
        return `${json}]`
      },
      readJson(value, cursor) {
        if (value === null || value === undefined) return null
        if (!Array.isArray(value)) throw cursor.mismatch('a list', value)
        return value.map((item, i) => {
          cursor.enter(i)
          const read = readJson(item, cursor)
          cursor.leave()
          return read
        })
      },
    },
    options,
  )
}

/** A map with text keys. Held without a prototype, so that no key is special; iterates as it was received. */
export type TextMap<T> = Readonly<Record<string, T>>

/** A map; `null` when nil. JSON shows the keys sorted, as Go does. */
export function map<T>(element: Kind<T>, options?: FieldOptions): Kind<TextMap<T> | null> {
  const { write, read, writeJson, readJson } = element
  return kind<TextMap<T> | null>(
    {
      shape: () => ({ type: 'map', of: element }),
      zero: () => null,
      isEmpty: (value) => value === null || isEmptyObject(value),
      isZero: (value) => value === null,
      write(writer, value) {
        if (value === null) {
          writer.nil()
          return
        }
        const keys = Object.keys(value)
        writer.mapHeader(keys.length)
        for (const key of keys) {
          writer.text(key)
          write(writer, value[key]!)
        }
      },
      read(reader) {
        if (reader.nil()) return null
        const values = emptyMap<T>()
        reader.enter()
        for (let left = reader.mapSize(); left > 0; left--) {
          const key = reader.text()
          values[key] = read(reader)
        }
        reader.leave()
        return values
      },
      writeJson(value) {
        if (value === null) return 'null'
        let json = ''
        for (const key of sortedKeys(value)) {
          json += `${json === '' ? '{' : ','}${quoteJson(key)}:${writeJson(value[key]!)}`
        }
        return json === '' ? '{}' : `${json}}`
      },
      readJson(value, cursor) {
        if (value === null || value === undefined) return null
        if (typeof value !== 'object' || Array.isArray(value)) throw cursor.mismatch('an object', value)
        const values = emptyMap<T>()
        for (const [key, item] of Object.entries(value)) {
          cursor.enter(key)
          values[key.toWellFormed()] = readJson(item, cursor)
          cursor.leave()
        }
        return values
      },
    },
    options,
  )
}

/** A record that has nothing but what is put in, whatever the keys. */
export function emptyMap<T>(): Record<string, T> {
  return Object.create(null) as Record<string, T>
}

function isEmptyObject(value: object): boolean {
  for (const _ in value) return false
  return true
}

/** Keys in bytewise order of their UTF-8, which differs from that of UTF-16 units beyond the basic plane. */
export function sortedKeys(value: Readonly<Record<string, unknown>>): string[] {
  const keys = Object.keys(value)
  if (keys.length < 2) return keys
  if (keys.every(isAscii)) return keys.sort()
  return keys
    .map((key) => ({ key, order: binaryFromUtf8(key) }))
    .sort((a, b) => (a.order < b.order ? -1 : 1))
    .map(({ key }) => key)
}

/** A pointer: `null` when nil. */
export function optional<T>(target: Kind<T>, options?: FieldOptions): Kind<T | null> {
  const { write, read, writeJson, readJson } = target
  return kind<T | null>(
    {
      shape: () => ({ type: 'optional', of: target }),
      zero: () => null,
      isEmpty: (value) => value === null,
      write: (writer, value) => (value === null ? writer.nil() : write(writer, value)),
      read: (reader) => (reader.nil() ? null : read(reader)),
      writeJson: (value) => (value === null ? 'null' : writeJson(value)),
      readJson: (value, cursor) => (value === null || value === undefined ? null : readJson(value, cursor)),
    },
    options,
  )
}

/** Stands for a struct that is declared further down, for structs that contain each other. */
export function later<T>(target: () => Kind<T>, options?: FieldOptions): Kind<T> {
  return kind<T>(
    {
      shape: () => target().shape?.() ?? { type: 'any' },
      zero: () => target().zero(),
      isEmpty: (value) => target().isEmpty(value),
      isZero: (value) => target().isZero(value),
      write: (writer, value) => target().write(writer, value),
      read: (reader) => target().read(reader),
      writeJson: (value) => target().writeJson(value),
      readJson: (value, cursor) => target().readJson(value, cursor),
    },
    options,
  )
}
