import type { AnswerDescription, OperationDescription, QueryParameter } from './operation.ts'
import { type JsonSchema, SchemaCollection } from './schema.ts'
import { sharedBy, sharedParameters } from './shared-parameters.ts'

/** A route as far as documents are concerned. */
export interface DocumentedRoute {
  readonly methods: readonly string[]
  /** `/v1/query/:id/execute`, `/v1/kv/*key`. */
  readonly path: string
  readonly summary: string
  readonly operations?: Readonly<Partial<Record<string, OperationDescription>>>
}

export interface DocumentInfo {
  readonly title: string
  readonly version: string
  readonly description: string
}

/** An OpenAPI 3.1 document of the routes. */
export interface OpenApiDocument {
  readonly openapi: '3.1.0'
  readonly info: DocumentInfo
  readonly paths: Readonly<Record<string, Readonly<Record<string, OpenApiOperation>>>>
  readonly components: {
    readonly parameters: Readonly<Record<string, OpenApiParameter>>
    readonly schemas: Readonly<Record<string, JsonSchema>>
  }
}

export interface OpenApiOperation {
  readonly operationId: string
  readonly tags: readonly string[]
  readonly summary: string
  readonly parameters: readonly (OpenApiParameter | { readonly $ref: string })[]
  readonly requestBody?: {
    readonly description: string
    readonly required: boolean
    readonly content: Readonly<Record<string, { readonly schema: JsonSchema }>>
  }
  readonly responses: Readonly<Record<string, OpenApiResponse>>
}

export interface OpenApiParameter {
  readonly name: string
  readonly in: 'path' | 'query' | 'header'
  readonly description: string
  readonly required?: boolean
  readonly allowEmptyValue?: boolean
  readonly schema: JsonSchema
}

export interface OpenApiResponse {
  readonly description: string
  readonly content?: Readonly<Record<string, { readonly schema: JsonSchema }>>
}

/** Draws the document; routes without a description appear with what they do say. */
export function openApiDocument(routes: readonly DocumentedRoute[], info: DocumentInfo): OpenApiDocument {
  const collection = new SchemaCollection()
  const paths: Record<string, Record<string, OpenApiOperation>> = {}
  for (const route of routes) {
    const path = route.path.replace(/[:*](\w+)/g, '{$1}')
    for (const method of route.methods) {
      paths[path] ??= {}
      paths[path][method.toLowerCase()] = operation(route, method, collection)
    }
  }
  const sorted = Object.fromEntries(Object.entries(paths).sort(([a], [b]) => (a < b ? -1 : 1)))
  return { openapi: '3.1.0', info, paths: sorted, components: { parameters: shared, schemas: collection.schemas } }
}

function operation(route: DocumentedRoute, method: string, collection: SchemaCollection): OpenApiOperation {
  const { summary } = route
  const described: OperationDescription = route.operations?.[method] ?? {
    summary,
    answers: { 200: { help: 'Success.' } },
  }
  const { body } = described
  const [, , area = ''] = route.path.split('/')
  return {
    operationId: `${method.toLowerCase()}${route.path.replaceAll(/[^A-Za-z0-9]+(\w)/g, (_, letter: string) => letter.toUpperCase())}`,
    tags: [area],
    summary: described.summary,
    parameters: [
      ...pathParameters(route.path, described),
      ...Object.entries(described.query ?? {}).map(([name, parameter]) => queryParameter(name, parameter)),
      ...[...sharedBy(described.shared), 'token'].map((name) => ({ $ref: `#/components/parameters/${name}` })),
    ],
    ...(body !== undefined && {
      requestBody: {
        description: body.help,
        required: body.required ?? false,
        content:
          body.json === undefined
            ? { 'application/octet-stream': { schema: {} } }
            : { 'application/json': { schema: collection.of(body.json, 'body') } },
      },
    }),
    responses: {
      ...Object.fromEntries(
        Object.entries(described.answers).map(([status, answer]) => [status, response(answer, collection)]),
      ),
      default: refusal,
    },
  }
}

function response({ help, json, type }: AnswerDescription, collection: SchemaCollection): OpenApiResponse {
  const kinds = json === undefined ? [] : Array.isArray(json) ? json : [json]
  const schemas = kinds.map((kind) => collection.of(kind, 'answer'))
  const content = {
    ...(schemas.length > 0 && {
      'application/json': { schema: schemas.length === 1 ? schemas[0]! : { anyOf: schemas } },
    }),
    ...(type !== undefined && { [type]: { schema: {} } }),
  }
  return Object.keys(content).length === 0 ? { description: help } : { description: help, content }
}

/** Every endpoint refuses in the same way. */
const refusal: OpenApiResponse = {
  description: 'Refused or failed; the body is a sentence that says why.',
  content: { 'text/plain; charset=utf-8': { schema: { type: 'string' } } },
}

function pathParameters(path: string, { path: meanings = {} }: OperationDescription): OpenApiParameter[] {
  return [...path.matchAll(/[:*](\w+)/g)].map(([, name = '']) => ({
    name,
    in: 'path',
    required: true,
    description: meanings[name] ?? '',
    schema: { type: 'string' },
  }))
}

const parameterSchemas: Readonly<Record<QueryParameter['type'], JsonSchema>> = {
  text: { type: 'string' },
  int: { type: 'integer' },
  uint64: { type: 'integer', minimum: 0, format: 'uint64' },
  index: { type: 'integer', minimum: 0 },
  boolean: { type: 'boolean' },
  flag: { type: 'string' },
  duration: { type: 'string', description: 'A duration such as 10s.' },
  list: { type: 'array', items: { type: 'string' } },
}

function queryParameter(name: string, { type, help, empty, required = false }: QueryParameter): OpenApiParameter {
  return {
    name,
    in: 'query',
    description: help,
    required,
    ...((type === 'flag' || empty === true) && { allowEmptyValue: true }),
    schema: parameterSchemas[type],
  }
}

const token: OpenApiParameter = {
  name: 'X-Consul-Token',
  in: 'header',
  description: 'ACL token.',
  required: false,
  schema: { type: 'string' },
}

const shared: Readonly<Record<string, OpenApiParameter>> = {
  ...Object.fromEntries(
    Object.entries(sharedParameters).map(([name, parameter]) => [name, queryParameter(name, parameter)]),
  ),
  token,
}
