import type { OpenApiDocument, OpenApiOperation } from '../../src/openapi/document.ts'
import { SchemaJudge } from './json-schema.ts'
import type { Exchange } from './recorder.ts'

export interface Judgement {
  /** `get /v1/kv/{key}`; undefined when the document has no such operation. */
  readonly operation: string | undefined
  readonly problems: readonly string[]
}

/** Holds exchanges against a document. */
export class ExchangeJudge {
  readonly #document: OpenApiDocument
  readonly #schemas: SchemaJudge
  /** Most particular first, as the agent chooses. */
  readonly #paths: readonly { readonly path: string; readonly pattern: RegExp }[]

  constructor(document: OpenApiDocument) {
    this.#document = document
    this.#schemas = new SchemaJudge(document)
    this.#paths = Object.keys(document.paths)
      .sort((a, b) => fixedLength(b) - fixedLength(a) || b.length - a.length)
      .map((path) => ({ path, pattern: patternOf(path) }))
  }

  judge(exchange: Exchange): Judgement {
    const url = new URL(exchange.url, 'http://agent')
    const found = this.#paths.find(({ pattern }) => pattern.test(url.pathname))
    const described = found && this.#document.paths[found.path]?.[exchange.method.toLowerCase()]
    if (found === undefined || described === undefined) {
      // Paths and methods that do not exist are refused; anything else would be an endpoint without a description.
      const isOurs = url.pathname.startsWith('/v1/') && exchange.method !== 'OPTIONS'
      const problems = exchange.status < 400 && isOurs ? ['it is not in the document'] : []
      return { operation: undefined, problems }
    }
    const problems = [...this.#answerProblems(exchange, described), ...this.#requestProblems(exchange, described, url)]
    return { operation: `${exchange.method.toLowerCase()} ${found.path}`, problems }
  }

  #answerProblems({ status, type, encoding, body }: Exchange, { responses }: OpenApiOperation): string[] {
    const declared = responses[String(status)]
    if (declared === undefined) return status < 400 ? [`status ${status} is not declared`] : []
    if (body === '' || encoding !== undefined) return []
    if (type === undefined) return status < 400 ? ['a body without a type'] : []
    const content = declared.content?.[type]
    if (content === undefined) return status < 400 ? [`content of type ${type} is not declared`] : []
    return type === 'application/json' ? this.#schemas.problems(JSON.parse(body), content.schema) : []
  }

  #requestProblems({ status, sent }: Exchange, { parameters, requestBody }: OpenApiOperation, url: URL): string[] {
    if (status >= 400) return []
    const known = parameters.map((one) =>
      '$ref' in one ? this.#document.components.parameters[nameIn(one.$ref)]! : one,
    )
    const names = new Set(known.filter((one) => one.in === 'query').map(({ name }) => name))
    const unknown = [...new Set(url.searchParams.keys())].filter((name) => !names.has(name) && !everywhere.has(name))
    const missing = known
      .filter((one) => one.in === 'query' && one.required && !url.searchParams.has(one.name))
      .map(({ name }) => `the parameter ${name} is missing`)
    const bad = known.flatMap(({ name, schema }) =>
      url.searchParams.getAll(name).flatMap((value) => {
        const fits = everywhere.has(name) || value === '' || (forms[String(schema.type)]?.test(value) ?? true)
        return fits ? [] : [`the parameter ${name} is declared ${schema.type}, and ${value} was taken`]
      }),
    )
    const schema = requestBody?.content['application/json']?.schema
    const body = schema === undefined || sent === '' ? [] : this.#schemas.problems(parsed(sent), schema)
    return [...unknown.map((name) => `the parameter ${name} is not declared`), ...missing, ...bad, ...body]
  }
}

/** Understood by every endpoint, whether it does something with them or not. */
const everywhere = new Set(['token', 'pretty', 'dc', 'ns', 'stale', 'consistent', 'index', 'wait', 'cached'])

/** How values are written; text is written in any way. Those that stand everywhere are not looked at everywhere. */
const forms: Readonly<Record<string, RegExp>> = {
  integer: /^[+-]?\d+$/,
  boolean: /^(1|t|T|TRUE|true|True|0|f|F|FALSE|false|False)$/,
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function nameIn(reference: string): string {
  return reference.slice(reference.lastIndexOf('/') + 1)
}

/** A parameter at the end takes the rest of the path, one in the middle takes one segment. */
function patternOf(path: string): RegExp {
  const source = path
    .replace(/[.*+?^$()|[\]\\]/g, '\\$&')
    .replace(/\{\w+\}$/, '.*')
    .replace(/\{\w+\}/g, '[^/]+')
  return new RegExp(`^${source}$`)
}

function fixedLength(path: string): number {
  const at = path.indexOf('{')
  return at < 0 ? Number.POSITIVE_INFINITY : at
}
