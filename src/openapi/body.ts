import { JsonCursor } from '../wire/json/cursor.ts'
import { JsonDecodeError, parseJson } from '../wire/schema.ts'
import type { BodyDescription } from './operation.ts'

/**
 * A body as its declaration reads it (`BodyOf`). Throws JsonDecodeError: the 400 that names the field and what should
 * stand there.
 */
export function bodyValue({ json, required, prefix }: BodyDescription, bytes: Buffer): unknown {
  if (json === undefined) return bytes
  if (bytes.length === 0 && required) throw new JsonDecodeError('EOF', prefix)
  const options = prefix === undefined ? {} : { prefix }
  return json.readJson(bytes.length === 0 ? undefined : parseJson(bytes, options), new JsonCursor(options))
}
