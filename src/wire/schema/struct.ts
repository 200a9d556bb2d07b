import { JsonCursor, type JsonOptions } from '../json/cursor.ts'
import { MsgpackReader } from '../msgpack-reader.ts'
import { writeMsgpack } from '../msgpack-writer.ts'
import { checkName, compileRead, compileWrite, compileWriteJson, compileZero, type Field, jsonName } from './compile.ts'
import { adjusted, type FieldOptions, type Kind } from './kind.ts'

// biome-ignore lint/suspicious/noExplicitAny: stands for kinds of every type
export type FieldDeclarations = Record<string, Kind<any>>

/** The rows that a declaration describes. */
export type RowOf<F extends FieldDeclarations> = { [K in keyof F]: F[K] extends Kind<infer T> ? T : never }

/** What a struct, or a list or map as a whole message, can do. */
export interface Message<T> {
  zero(): T
  /** Msgpack in a buffer of its own. */
  encode(value: T): Buffer
  /** Reads a whole message; bytes fields share memory with it. Throws MalformedMsgpackError. */
  decode(message: Buffer): T
  /** One line of JSON, as Go writes it. */
  toJson(value: T): string
  /** Reads what `parseJson` made. Throws JsonDecodeError. */
  fromJson(value: unknown, options?: JsonOptions): T
}

/** Other JSON for some fields of a struct: changed options, or another kind for the same values. */
type ViewChanges<T> = { readonly [K in keyof T]?: FieldOptions & { readonly kind?: Kind<T[K]> } }

/** A wire struct: a kind for fields of other structs, and a message of its own. */
export interface Struct<T> extends Kind<T>, Message<T> {
  readonly name: string
  /** Fields in the order of the declaration, which is that of JSON. */
  readonly fields: readonly Field[]
  /** The same rows and msgpack with other JSON, for an endpoint that shows them differently. */
  view(changes: ViewChanges<T>): Struct<T>
}

export interface StructOptions {
  /** Also accept the snake_case form of each field name in JSON, `deregister_critical_service_after` and the like. */
  readonly snakeCase?: boolean
}

/**
 * Declares a wire struct, once, in the order of its JSON. Types, JSON and msgpack all come from this; the codecs are
 * compiled when they are first used.
 */
export function struct<F extends FieldDeclarations>(
  name: string,
  declarations: F,
  options: StructOptions = {},
): Struct<RowOf<F>> {
  checkName(name)
  return structOf<RowOf<F>>(
    name,
    Object.entries(declarations).map(([field, kind]) => ({ name: field, kind })),
    options,
  )
}

function structOf<T>(name: string, fields: readonly Field[], options: StructOptions): Struct<T> {
  for (const field of fields) checkName(field.name)
  const zero = onFirstUse(() => compileZero<T>(name, fields))
  const write = onFirstUse(() => compileWrite<T>(name, fields))
  const read = onFirstUse(() => compileRead<T>(name, fields))
  const writeJson = onFirstUse(() => compileWriteJson<T>(name, fields))
  const lookUp = onFirstUse(() => fieldLookup(fields, options))

  function readJson(value: unknown, cursor: JsonCursor): T {
    const row = zero()
    if (value === null || value === undefined) return row
    if (typeof value !== 'object' || Array.isArray(value)) throw cursor.mismatch('an object', value)
    for (const [key, item] of Object.entries(value)) {
      const field = lookUp(key)
      if (field === undefined) {
        if (!cursor.refuseUnknown) continue
        cursor.enter(key)
        throw cursor.unfit('is not known here')
      }
      cursor.enter(jsonName(field))
      ;(row as Record<string, unknown>)[field.name] = field.kind.readJson(item, cursor)
      cursor.leave()
    }
    return row
  }

  const kind: Kind<T> = {
    options: {},
    shape: () => ({ type: 'struct', name, fields }),
    zero,
    isEmpty: () => false,
    isZero: (value) => fields.every((field) => field.kind.isZero((value as Record<string, unknown>)[field.name])),
    write,
    read,
    writeJson,
    readJson,
  }
  return {
    ...kind,
    ...message(kind),
    name,
    fields,
    view: (changes) =>
      structOf<T>(
        name,
        fields.map((field) => changed(field, changes)),
        options,
      ),
  }
}

function changed<T>(field: Field, changes: ViewChanges<T>): Field {
  const change = changes[field.name as keyof T]
  if (change === undefined) return field
  const { kind = field.kind, ...options } = change
  return { name: field.name, kind: adjusted(kind, { ...field.kind.options, ...kind.options, ...options }) }
}

/** Makes a whole message of a kind, for requests and replies that are a list or a plain value. */
export function message<T>(kind: Kind<T>): Message<T> {
  return {
    zero: kind.zero,
    encode: (value) => writeMsgpack((writer) => kind.write(writer, value)),
    decode(bytes) {
      const reader = new MsgpackReader(bytes)
      const value = kind.read(reader)
      reader.end()
      return value
    },
    toJson: kind.writeJson,
    fromJson: (value, options) => kind.readJson(value, new JsonCursor(options)),
  }
}

/** A function that is made when it is first called. */
function onFirstUse<A extends unknown[], R>(make: () => (...args: A) => R): (...args: A) => R {
  let made = (...args: A): R => {
    made = make()
    return made(...args)
  }
  return (...args) => made(...args)
}

/** JSON names in any letter case, as Go's decoder takes them; aliases count like names. */
function fieldLookup(fields: readonly Field[], options: StructOptions): (key: string) => Field | undefined {
  const exact = new Map<string, Field>()
  const folded = new Map<string, Field>()
  for (const field of fields) {
    if (field.kind.options.json === false) continue
    const name = jsonName(field)
    exact.set(name, field)
    const aliases = [...(field.kind.options.alias ?? []), ...(options.snakeCase ? [snakeCase(name)] : [])]
    for (const spelling of [name, ...aliases]) {
      const key = spelling.toLowerCase()
      if (!folded.has(key)) folded.set(key, field)
    }
  }
  return (key) => exact.get(key) ?? folded.get(key.toLowerCase())
}

/** `DeregisterCriticalServiceAfter` → `deregister_critical_service_after`, `TLSSkipVerify` → `tls_skip_verify`. */
function snakeCase(name: string): string {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replace(/([A-Z])([A-Z][a-z])/g, '$1_$2')
    .toLowerCase()
}
