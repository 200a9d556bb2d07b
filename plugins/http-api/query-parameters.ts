import { isAscii, utf8FromBinary } from '../../src/wire/json/text.ts'
import type { QueryParameters } from './contract.ts'
import { BrokenQueryError } from './errors.ts'
import { decodePercent } from './path.ts'

/**
 * Parses what stands behind the `?`: pairs between `&` or `;`, plus signs for spaces, percent escapes. Throws
 * BrokenQueryError when an escape is broken, whichever parameter it is in.
 */
export function parseQuery(query: string): QueryParameters {
  if (query === '') return noParameters
  const values = new Map<string, string[]>()
  for (const pair of query.split(/[&;]/)) {
    if (pair === '') continue
    const equals = pair.indexOf('=')
    const name = decode(equals < 0 ? pair : pair.slice(0, equals))
    const value = equals < 0 ? '' : decode(pair.slice(equals + 1))
    const held = values.get(name)
    if (held) held.push(value)
    else values.set(name, [value])
  }
  return new ParsedParameters(values)
}

class ParsedParameters implements QueryParameters {
  readonly #values: ReadonlyMap<string, readonly string[]>

  constructor(values: ReadonlyMap<string, readonly string[]>) {
    this.#values = values
  }

  get(name: string): string | undefined {
    return this.#values.get(name)?.[0]
  }

  has(name: string): boolean {
    return this.#values.has(name)
  }

  pairs(): readonly (readonly [name: string, value: string])[] {
    return [...this.#values].flatMap(([name, values]) => values.map((value) => [name, value] as const))
  }

  all(name: string): readonly string[] {
    return this.#values.get(name) ?? []
  }
}

const noParameters: QueryParameters = new ParsedParameters(new Map())

function decode(encoded: string): string {
  const bytes = decodePercent(encoded.includes('+') ? encoded.replaceAll('+', ' ') : encoded)
  if (bytes === undefined) throw new BrokenQueryError()
  return isAscii(bytes) ? bytes : utf8FromBinary(bytes)
}
