import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import type { OpenApiDocument } from '../../src/openapi/document.ts'
import type { JsonSchema } from '../../src/openapi/schema.ts'

/** Judges values by the schemas of a document. */
export class SchemaJudge {
  readonly #ajv = new Ajv2020({ allErrors: true, strict: true, allowUnionTypes: true, validateFormats: false })
  readonly #compiled = new Map<JsonSchema, ValidateFunction>()

  constructor({ components }: OpenApiDocument) {
    this.#ajv.addVocabulary(['components'])
    // Integers beyond 2^53 and times are for others to judge; their formats are OpenAPI's, not those of JSON Schema.
    this.#ajv.addSchema({ $id: 'document', components })
  }

  /** What a value has that the schema does not allow, each with its place; nothing when it fits. */
  problems(value: unknown, schema: JsonSchema): string[] {
    let check = this.#compiled.get(schema)
    if (check === undefined) {
      check = this.#ajv.compile(JSON.parse(JSON.stringify(schema).replaceAll('"$ref":"#/', '"$ref":"document#/')))
      this.#compiled.set(schema, check)
    }
    if (check(value)) return []
    return (check.errors ?? []).map(({ instancePath, message, params }) => {
      return `${instancePath || '/'} ${message} ${JSON.stringify(params)}`
    })
  }
}
