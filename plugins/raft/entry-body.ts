import { MsgpackReader } from '../../src/wire/msgpack-reader.ts'

/** Fields whose values are secrets: they stand in the log, but need not stand on a screen. */
const secretFields = new Set(['Token', 'SecretID'])
const hidden = '(hidden)'

/**
 * The body of a command as plain data, whatever command it is: for people who look at a log. Texts and bytes are the same on
 * the wire; what is no UTF-8 comes as `base64:…`. Undefined when it is no msgpack.
 */
export function decodeBody(data: Buffer): unknown {
  try {
    const reader = new MsgpackReader(data, 1)
    const body = readValue(reader)
    reader.end()
    return body
  } catch {
    // Pieces of a chunked write and commands of later versions need not be msgpack by themselves; the size still shows.
    return undefined
  }
}

/** One line of a decoded body: every field that is set, with its path. */
export function summaryOf(body: unknown, lengthMax = 100): string {
  const words: string[] = []
  collect(body, '', words)
  const line = words.join(' ')
  return line.length > lengthMax ? `${line.slice(0, lengthMax - 1)}…` : line
}

function collect(value: unknown, path: string, words: string[]): void {
  if (isEmpty(value) || value === hidden) return
  if (typeof value !== 'object' || value === null) {
    words.push(path === '' ? String(value) : `${path}=${value}`)
    return
  }
  for (const [key, child] of Object.entries(value)) collect(child, path === '' ? key : `${path}.${key}`, words)
}

function isEmpty(value: unknown): boolean {
  return value === null || value === undefined || value === '' || value === 0 || value === false
}

function readValue(reader: MsgpackReader): unknown {
  const first = reader.peek()
  if (first === 0xc0) {
    reader.nil()
    return null
  }
  if (first === 0xc2 || first === 0xc3) return reader.bool()
  if (first === 0xca || first === 0xcb) return reader.float()
  if ((first >= 0x80 && first <= 0x8f) || first === 0xde || first === 0xdf) return readMap(reader)
  if ((first >= 0x90 && first <= 0x9f) || first === 0xdc || first === 0xdd) return readList(reader)
  if ((first >= 0xa0 && first <= 0xbf) || (first >= 0xd9 && first <= 0xdb) || (first >= 0xc4 && first <= 0xc6)) {
    return textOf(reader.blob())
  }
  const integer = reader.integer()
  return typeof integer === 'bigint' ? String(integer) : integer
}

function readMap(reader: MsgpackReader): Record<string, unknown> {
  const fields: [string, unknown][] = []
  reader.enter()
  for (let left = reader.mapSize(); left > 0; left--) {
    const key = reader.text()
    const value = readValue(reader)
    fields.push([key, secretFields.has(key) && value !== '' ? hidden : value])
  }
  reader.leave()
  // Not by assignment: a field may be called __proto__.
  return Object.fromEntries(fields)
}

function readList(reader: MsgpackReader): unknown[] {
  const list: unknown[] = []
  reader.enter()
  for (let left = reader.listSize(); left > 0; left--) list.push(readValue(reader))
  reader.leave()
  return list
}

function textOf(bytes: Buffer | null): string {
  if (bytes === null) return ''
  const text = bytes.toString()
  return text.includes('\ufffd') || /[\x00-\x08\x0e-\x1f]/.test(text) ? `base64:${bytes.toString('base64')}` : text
}
