import { binaryFromUtf8, quoteJson, quoteJsonBytes } from '../json/text.ts'
import { type FieldOptions, type Kind, kind } from './kind.ts'

/** Text in UTF-8. */
export function text(options?: FieldOptions): Kind<string> {
  return kind<string>(
    {
      shape: () => ({ type: 'text' }),
      zero: () => '',
      isEmpty: (value) => value === '',
      write: (writer, value) => writer.text(value),
      read: (reader) => reader.text(),
      writeJson: quoteJson,
      readJson(value, cursor) {
        if (typeof value === 'string') return value.isWellFormed() ? value : value.toWellFormed()
        if (value === null || value === undefined) return ''
        throw cursor.mismatch('a string', value)
      },
    },
    options,
  )
}

/**
 * A string of arbitrary bytes, such as a KV key. Held as a *binary string*, one character per byte, so that `<` compares
 * bytewise. JSON shows it decoded as UTF-8 and reads it as UTF-8.
 */
export function byteText(options?: FieldOptions): Kind<string> {
  return kind<string>(
    {
      shape: () => ({ type: 'text' }),
      zero: () => '',
      isEmpty: (value) => value === '',
      write: (writer, value) => writer.byteText(value),
      read: (reader) => reader.byteText(),
      writeJson: quoteJsonBytes,
      readJson(value, cursor) {
        if (typeof value === 'string') return binaryFromUtf8(value)
        if (value === null || value === undefined) return ''
        throw cursor.mismatch('a string', value)
      },
    },
    options,
  )
}

/**
 * Bytes; base64 in JSON. Read values share memory with the message they came in. No bytes and nil are the same to
 * Consul's readers, so both are read as null; an empty Buffer is still written as empty.
 */
export function bytes(options?: FieldOptions): Kind<Buffer | null> {
  return kind<Buffer | null>(
    {
      shape: () => ({ type: 'bytes' }),
      zero: () => null,
      isEmpty: (value) => value === null || value.length === 0,
      write: (writer, value) => (value === null ? writer.nil() : writer.blob(value)),
      read: (reader) => reader.blob(),
      writeJson: (value) => (value === null ? 'null' : `"${value.toString('base64')}"`),
      readJson(value, cursor) {
        if (value === null || value === undefined) return null
        if (typeof value !== 'string') throw cursor.mismatch('a string', value)
        const bad = badBase64At(value)
        if (bad >= 0) throw cursor.error(`illegal base64 data at input byte ${bad}`)
        return value === '' ? null : Buffer.from(value, 'base64')
      },
    },
    options,
  )
}

/**
 * Where standard, padded base64 (RFC 4648 §4) goes wrong, or -1. Line ends are passed over. Digits that end without their
 * padding are reported where their group of four starts, as Go does.
 */
function badBase64At(value: string): number {
  const digits = value.replace(/[\r\n]/g, '')
  const [body = ''] = /^[A-Za-z0-9+/]*/.exec(digits) ?? []
  const rest = digits.slice(body.length)
  const expected = ['', undefined, '==', '='][body.length % 4]
  if (rest === expected) return -1
  if (rest === '') return body.length - (body.length % 4)
  if (!expected) return body.length
  if (rest.startsWith(expected)) return body.length + expected.length
  return expected.startsWith(rest) ? digits.length : body.length
}

export function bool(options?: FieldOptions): Kind<boolean> {
  return kind<boolean>(
    {
      shape: () => ({ type: 'boolean' }),
      zero: () => false,
      isEmpty: (value) => !value,
      write: (writer, value) => writer.bool(value),
      read: (reader) => reader.bool(),
      writeJson: (value) => (value ? 'true' : 'false'),
      readJson(value, cursor) {
        if (typeof value === 'boolean') return value
        if (value === null || value === undefined) return false
        throw cursor.mismatch('true or false', value)
      },
    },
    options,
  )
}
