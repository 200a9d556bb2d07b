import type { Random } from '../../src/kernel/random.ts'
import type { JsonSchema } from '../../src/openapi/schema.ts'
import { names, oneIn, pick, strangeTexts, strangeValues } from './vocabulary.ts'

type Schemas = Readonly<Record<string, JsonSchema>>
type JsonType = 'null' | 'boolean' | 'number' | 'string' | 'array' | 'object'

/** A place in a body that takes values of certain types only. */
export interface Spot {
  readonly path: readonly (string | number)[]
  readonly types: readonly JsonType[]
}

const depthMax = 5

/** Makes bodies of the shapes that the agent's own document describes. */
export class BodyMaker {
  readonly #schemas: Schemas
  readonly #random: Random

  constructor(schemas: Schemas, random: Random) {
    this.#schemas = schemas
    this.#random = random
  }

  /** A body of that shape, and the places in it whose type is settled. */
  fitting(schema: JsonSchema): { readonly body: unknown; readonly spots: readonly Spot[] } {
    const spots: Spot[] = []
    const body = this.#value(schema, [], spots)
    return { body, spots }
  }

  /** A copy of the body that has something else in that place, of a type that does not belong there. */
  broken(body: unknown, { path, types }: Spot): { readonly body: unknown; readonly type: JsonType } {
    // Go reads null as whatever the type has for nothing.
    const wrong = strangeValues.filter((value) => value !== null && !types.includes(typeOf(value)))
    const value = pick(this.#random, wrong)
    return { body: replaced(body, path, value), type: typeOf(value) }
  }

  /** A copy with anything at all in some places. */
  scrambled(body: unknown, spots: readonly Spot[]): unknown {
    let scrambled = body
    for (let times = this.#random.below(4); times >= 0 && spots.length > 0; times--) {
      const { path } = pick(this.#random, spots)
      const value = oneIn(this.#random, 3) ? pick(this.#random, strangeTexts) : pick(this.#random, strangeValues)
      scrambled = replaced(scrambled, path, value)
    }
    return scrambled
  }

  #value(schema: JsonSchema, path: readonly (string | number)[], spots: Spot[]): unknown {
    const random = this.#random
    const target = this.#resolved(schema)
    const types = this.#types(target)
    if (types.length > 0) spots.push({ path, types })
    if (target.anyOf !== undefined) return this.#value(target.anyOf[0]!, path, [])
    if (target.properties !== undefined) {
      const entries = Object.entries(target.properties).filter(() => path.length < depthMax && oneIn(random, 2))
      return Object.fromEntries(entries.map(([name, inner]) => [name, this.#value(inner, [...path, name], spots)]))
    }
    if (types.includes('array')) {
      const count = path.length < depthMax ? random.below(3) : 0
      return Array.from({ length: count }, (_, at) => this.#value(target.items ?? {}, [...path, at], spots))
    }
    if (types.includes('object')) {
      const inner = target.additionalProperties
      if (path.length >= depthMax || typeof inner !== 'object' || oneIn(random, 3)) return {}
      const name = pick(random, names)
      return { [name]: this.#value(inner, [...path, name], spots) }
    }
    if (types.includes('boolean')) return oneIn(random, 2)
    if (types.includes('number') && !types.includes('string')) return random.below(70_000)
    if (target.contentEncoding === 'base64') return 'aGVsbG8='
    if (target.format === 'date-time') return '2026-01-02T03:04:05Z'
    if (types.includes('number')) return pick(random, ['1s', '10s', '1h', 1_000_000_000])
    return pick(random, names)
  }

  #resolved(schema: JsonSchema): JsonSchema {
    const name = schema.$ref?.split('/').at(-1)
    return name === undefined ? schema : this.#resolved(this.#schemas[name]!)
  }

  #types({ type, anyOf }: JsonSchema): JsonType[] {
    if (anyOf !== undefined) return anyOf.flatMap((one) => this.#types(this.#resolved(one)))
    if (type === undefined) return []
    const types = typeof type === 'string' ? [type] : type
    return types.map((name) => (name === 'integer' ? 'number' : (name as JsonType)))
  }
}

export function typeOf(value: unknown): JsonType {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'array'
  return typeof value as JsonType
}

function replaced(body: unknown, path: readonly (string | number)[], value: unknown): unknown {
  const [step, ...rest] = path
  if (step === undefined) return value
  if (Array.isArray(body)) return body.map((item, at) => (at === step ? replaced(item, rest, value) : item))
  if (typeOf(body) !== 'object') return body
  const copy = { ...(body as object) } as Record<string, unknown>
  copy[step] = replaced(copy[step], rest, value)
  return copy
}
