import { JsonCursor, type JsonOptions, jsonDepthMax } from './cursor.ts'
import { diagnoseJson } from './diagnosis.ts'

/** Only a run of digits this long can be an integer that a double does not hold. */
const longNumber = /\d{16}/
/** 2^64 has twenty digits; whatever is longer fits no field and is not worth converting. */
const longestInteger = /^-?\d{1,20}$/

/**
 * Parses a body for the JSON readers of the schema. Integers beyond 2^53 become bigints with all their digits; nesting
 * is bounded. Throws JsonDecodeError with the reason in Go's words.
 */
export function parseJson(body: Buffer | string, options: Pick<JsonOptions, 'prefix'> = {}): unknown {
  const cursor = new JsonCursor(options)
  const text = typeof body === 'string' ? body : body.toString('utf8')
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw cursor.error(diagnoseJson(typeof body === 'string' ? Buffer.from(body) : body))
  }
  if (!isShallow(value, jsonDepthMax)) throw cursor.error(`values are nested more than ${jsonDepthMax} deep`)
  return longNumber.test(text) ? JSON.parse(text, keepDigits) : value
}

function keepDigits(_key: string, value: unknown, context?: { readonly source?: string }): unknown {
  if (typeof value !== 'number' || Number.isSafeInteger(value)) return value
  const source = context?.source
  return source !== undefined && longestInteger.test(source) ? BigInt(source) : value
}

/** The walk never goes deeper than it allows, so it is safe to recurse. */
function isShallow(value: unknown, depthLeft: number): boolean {
  if (typeof value !== 'object' || value === null) return true
  if (depthLeft === 0) return false
  if (Array.isArray(value)) return value.every((item) => isShallow(item, depthLeft - 1))
  for (const key in value) {
    if (!isShallow((value as Record<string, unknown>)[key], depthLeft - 1)) return false
  }
  return true
}
