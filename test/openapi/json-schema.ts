import type { JsonSchema } from '../../src/openapi/schema.ts'

/** What a value has that its schema does not allow, each with its place; nothing when it fits. */
export function schemaProblems(
  value: unknown,
  schema: JsonSchema,
  schemas: Readonly<Record<string, JsonSchema>>,
  place = '$',
): string[] {
  if (schema.$ref !== undefined) {
    const target = schemas[schema.$ref.slice('#/components/schemas/'.length)]
    return target === undefined
      ? [`${place}: ${schema.$ref} is not there`]
      : schemaProblems(value, target, schemas, place)
  }
  if (schema.anyOf !== undefined) {
    const tried = schema.anyOf.map((one) => schemaProblems(value, one, schemas, place))
    return tried.some((problems) => problems.length === 0) ? [] : tried.reduce((a, b) => (b.length < a.length ? b : a))
  }
  if (schema.type !== undefined) {
    const types = typeof schema.type === 'string' ? [schema.type] : schema.type
    if (!types.some((type) => isOfType(value, type)))
      return [`${place}: ${JSON.stringify(value)} is no ${types.join(' or ')}`]
  }
  if (typeof value === 'number' && schema.minimum !== undefined && value < schema.minimum) {
    return [`${place}: ${value} is below ${schema.minimum}`]
  }
  if (Array.isArray(value)) {
    const { items } = schema
    return items === undefined
      ? []
      : value.flatMap((item, at) => schemaProblems(item, items, schemas, `${place}[${at}]`))
  }
  if (typeof value !== 'object' || value === null) return []
  const { properties = {}, required = [], additionalProperties } = schema
  const missing = required.filter((name) => !Object.hasOwn(value, name)).map((name) => `${place}: ${name} is missing`)
  const wrong = Object.entries(value).flatMap(([name, member]) => {
    const known = Object.hasOwn(properties, name) ? properties[name] : additionalProperties
    if (known === false) return [`${place}: ${name} is not in the schema`]
    return known === undefined ? [] : schemaProblems(member, known, schemas, `${place}.${name}`)
  })
  return [...missing, ...wrong]
}

function isOfType(value: unknown, type: string): boolean {
  if (value === null) return type === 'null'
  if (Array.isArray(value)) return type === 'array'
  if (type === 'integer') return Number.isInteger(value)
  return typeof value === type
}
