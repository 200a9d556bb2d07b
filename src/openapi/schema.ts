import { jsonName } from '../wire/schema/compile.ts'
import type { FieldOptions } from '../wire/schema/kind.ts'
import type { Shape } from '../wire/schema/shape.ts'
import type { Kind } from '../wire/schema.ts'

/** JSON Schema (draft 2020-12, that of OpenAPI 3.1), as far as it is used here. */
export interface JsonSchema {
  readonly $ref?: string
  readonly type?: string | readonly string[]
  readonly format?: string
  readonly description?: string
  readonly contentEncoding?: string
  readonly minimum?: number
  readonly items?: JsonSchema
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly required?: readonly string[]
  readonly additionalProperties?: JsonSchema | false
  readonly anyOf?: readonly JsonSchema[]
}

/**
 * `answer`: what we write, field by field and nothing else. `body`: what we read, where every field may be missing or
 * null and others are passed over.
 */
export type Direction = 'answer' | 'body'

/** Schemas of the structs that were met, by the name under which documents refer to them. */
export class SchemaCollection {
  readonly schemas: Record<string, JsonSchema> = {}
  readonly #names = new Map<unknown, Partial<Record<Direction, string>>>()

  // biome-ignore lint/suspicious/noExplicitAny: kinds of every type
  of(kind: Kind<any>, direction: Direction): JsonSchema {
    return this.#schema(kind.shape?.() ?? { type: 'any' }, kind.options, direction)
  }

  #schema(shape: Shape, options: FieldOptions, direction: Direction): JsonSchema {
    // Go reads null as the zero value, and shows null where there is nothing to point to.
    const nullable = (type: string, nilShown = true): Pick<JsonSchema, 'type'> => ({
      type: direction === 'body' || nilShown ? [type, 'null'] : type,
    })
    const nilShown = (options.nil ?? 'null') === 'null' && !options.omitEmpty
    switch (shape.type) {
      case 'any':
        return {}
      case 'text':
        return nullable('string', false)
      case 'boolean':
        return nullable('boolean', false)
      case 'number':
        return nullable('number', false)
      case 'integer':
        return { ...nullable('integer', false), ...(!shape.signed && { minimum: 0, format: 'uint64' }) }
      case 'time':
        return { ...nullable('string', false), format: 'date-time' }
      case 'bytes':
        return { ...nullable('string', nilShown), contentEncoding: 'base64' }
      case 'duration':
        if (direction === 'body') return { type: ['string', 'number', 'null'], description: goDuration }
        return shape.as === 'text'
          ? { type: 'string', description: goDuration }
          : { type: 'integer', description: 'Nanoseconds.' }
      case 'list':
        return { ...nullable('array', nilShown), items: this.of(shape.of, direction) }
      case 'map':
        return { ...nullable('object', nilShown), additionalProperties: this.of(shape.of, direction) }
      case 'optional': {
        const target = this.of(shape.of, direction)
        return nilShown || direction === 'body' ? { anyOf: [target, { type: 'null' }] } : target
      }
      case 'struct':
        return { $ref: `#/components/schemas/${this.#named(shape, direction)}` }
    }
  }

  #named(shape: Extract<Shape, { readonly type: 'struct' }>, direction: Direction): string {
    const names = this.#names.get(shape.fields) ?? {}
    this.#names.set(shape.fields, names)
    const known = names[direction]
    if (known !== undefined) return known
    const base = direction === 'body' ? `${shape.name}Body` : shape.name
    let name = base
    for (let count = 2; Object.hasOwn(this.schemas, name); count++) name = `${base}${count}`
    names[direction] = name
    // Reserved first: structs may contain themselves.
    this.schemas[name] = {}
    this.schemas[name] = this.#struct(shape, direction)
    return name
  }

  #struct({ fields }: Extract<Shape, { readonly type: 'struct' }>, direction: Direction): JsonSchema {
    const shown = fields.filter(({ kind }) => kind.options.json !== false)
    const properties = Object.fromEntries(shown.map((field) => [jsonName(field), this.of(field.kind, direction)]))
    if (direction === 'body') return { type: 'object', properties }
    const required = shown.filter(({ kind }) => !kind.options.omitEmpty).map(jsonName)
    return { type: 'object', properties, required, additionalProperties: false }
  }
}

const goDuration = 'A duration such as 10s or 1h30m.'
