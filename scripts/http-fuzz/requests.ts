import type { Random } from '../../src/kernel/random.ts'
import type { OpenApiDocument, OpenApiOperation, OpenApiParameter } from '../../src/openapi/document.ts'
import type { JsonSchema } from '../../src/openapi/schema.ts'
import { BodyMaker } from './bodies.ts'
import { names, oneIn, pathWords, pick, strangeBodies, strangeTexts } from './vocabulary.ts'

/** A request that is whole: exactly one answer has to follow. */
export interface WholeRequest {
  readonly method: string
  /** The operation that it was made for: `PUT /v1/kv/{key}`. */
  readonly title: string
  readonly text: string
}

/** Two requests that differ in the type of one field only. */
export interface FieldTrial {
  readonly fitting: WholeRequest
  readonly broken: WholeRequest
  /** `PUT /v1/session/create TTL array`: operation, field, and what came in its place. */
  readonly title: string
  /** Name of the field, undefined when the body as a whole is of the wrong type. */
  readonly field: string | undefined
}

interface Operation {
  readonly method: string
  readonly path: string
  readonly parameters: readonly OpenApiParameter[]
  readonly body: JsonSchema | undefined
}

/** They end the agent, never end themselves, or are the fuzz's own. */
const leftOut = ['/v1/agent/leave', '/v1/agent/monitor', '/v1/fuzz/memory']

/** Makes requests of everything that the agent's own document describes. */
export class RequestMaker {
  readonly #random: Random
  readonly #operations: readonly Operation[]
  readonly #withFields: readonly Operation[]
  readonly #bodies: BodyMaker

  constructor(document: OpenApiDocument, random: Random) {
    this.#random = random
    this.#bodies = new BodyMaker(document.components.schemas, random)
    const parameterOf = (one: OpenApiOperation['parameters'][number]) =>
      '$ref' in one ? document.components.parameters[one.$ref.split('/').at(-1)!]! : one
    this.#operations = Object.entries(document.paths)
      .flatMap(([path, methods]) =>
        Object.entries(methods).map(([method, operation]) => ({
          method: method.toUpperCase(),
          path,
          parameters: operation.parameters.map(parameterOf),
          body: operation.requestBody && Object.values(operation.requestBody.content)[0]!.schema,
        })),
      )
      .filter(({ path }) => !leftOut.includes(path))
    this.#withFields = this.#operations.filter(({ body }) => body !== undefined && Object.keys(body).length > 0)
  }

  /** An operation with anything in its path, query, headers and body. */
  any(): WholeRequest {
    const random = this.#random
    const operation = pick(random, this.#operations)
    const method = oneIn(random, 20)
      ? pick(random, ['GET', 'HEAD', 'PUT', 'POST', 'DELETE', 'OPTIONS', 'PATCH', 'TRACE'])
      : operation.method
    const target = this.#path(operation) + this.#query(operation)
    return whole(`${method} ${operation.path}`, target, this.#headers(), this.#body(operation))
  }

  /** A request whose body fits, and the same with one field of the wrong type; undefined when the body has none. */
  fieldTrial(): FieldTrial | undefined {
    const { method, path, body: schema } = pick(this.#random, this.#withFields)
    const { body, spots } = this.#bodies.fitting(schema!)
    if (spots.length === 0) return undefined
    const spot = pick(this.#random, spots)
    const { body: broken, type } = this.#bodies.broken(body, spot)
    const target = path.replaceAll(/\{\w+\}/g, 'web')
    const operation = `${method} ${path}`
    const field = spot.path.findLast((step) => typeof step === 'string')
    const shown = spot.path.map((step) => (typeof step === 'number' ? '[]' : step)).join('.')
    return {
      fitting: whole(operation, target, {}, JSON.stringify(body)),
      broken: whole(operation, target, {}, JSON.stringify(broken)),
      title: `${operation} ${shown === '' ? '(body)' : shown} ${type}`,
      field,
    }
  }

  #path({ path }: Operation): string {
    // Other addresses would have to be waited for.
    if (path.startsWith('/v1/agent/join/')) return '/v1/agent/join/127.0.0.1:1'
    const filled = path.replaceAll(/\{\w+\}/g, () => pick(this.#random, pathWords))
    return oneIn(this.#random, 30) ? filled + pick(this.#random, ['/', '//', '/x', ';', '%20']) : filled
  }

  #query({ parameters }: Operation): string {
    const random = this.#random
    const asked = parameters.filter(({ in: place, name }) => place === 'query' && name !== 'wait' && oneIn(random, 3))
    const pairs = asked.map((parameter) => {
      const value = oneIn(random, 3) ? pick(random, strangeTexts) : fittingValue(parameter, random)
      return `${parameter.name}=${encodeURIComponent(value.toWellFormed())}`
    })
    // Whoever waits for an index must not do so for five minutes.
    if (pairs.some((pair) => pair.startsWith('index=') || pair.startsWith('hash='))) pairs.unshift('wait=3ms')
    if (oneIn(random, 20)) pairs.push(pick(random, ['%zz', '=', '&&', 'unknown=1', 'filter=%00', 'a;b', 'stale', '%']))
    return pairs.length === 0 ? '' : `?${pairs.join('&')}`
  }

  #headers(): Record<string, string> {
    const random = this.#random
    return {
      ...(oneIn(random, 4) && { 'Accept-Encoding': 'gzip' }),
      ...(oneIn(random, 10) && { 'X-Consul-Token': pick(random, ['', 'anonymous', 'x'.repeat(500)]) }),
      ...(oneIn(random, 10) && {
        'Cache-Control': pick(random, ['max-age=1', 'no-cache', 'max-age=x, stale-if-error=-1s']),
      }),
      ...(oneIn(random, 20) && { 'Content-Type': pick(random, ['application/json', 'text/plain; charset=', '']) }),
      ...(oneIn(random, 20) && { Authorization: pick(random, ['Bearer x', 'Bearer', 'Basic ====']) }),
      ...(oneIn(random, 20) && { 'X-Consul-Results-Filtered-By-ACLs': 'x', Range: 'bytes=0-', 'If-None-Match': '*' }),
    }
  }

  #body({ body: schema }: Operation): string | undefined {
    const random = this.#random
    if (schema === undefined) return oneIn(random, 30) ? pick(random, strangeBodies) : undefined
    if (oneIn(random, 5)) return pick(random, strangeBodies)
    if (Object.keys(schema).length === 0) return pick(random, names)
    const { body, spots } = this.#bodies.fitting(schema)
    return JSON.stringify(oneIn(random, 2) ? body : this.#bodies.scrambled(body, spots)) ?? ''
  }
}

function fittingValue({ name, schema }: OpenApiParameter, random: Random): string {
  // A server that is asked to remove itself, or to hand over, is another test.
  if (name === 'address') return '127.0.0.1:1'
  if (name === 'dc') return oneIn(random, 3) ? 'elsewhere' : 'dc1'
  if (schema.type === 'integer') return String(random.below(100))
  if (schema.type === 'boolean') return pick(random, ['true', 'false'])
  return pick(random, names)
}

/** Latin-1: one character is one byte. */
function whole(title: string, target: string, headers: Record<string, string>, body?: string): WholeRequest {
  const [method = ''] = title.split(' ')
  const bytes = Buffer.from(body ?? '')
  const all = { Host: 'agent', ...headers, ...(bytes.length > 0 && { 'Content-Length': String(bytes.length) }) }
  const head = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`)
  const text = `${method} ${target} HTTP/1.1\r\n${head.join('')}\r\n${bytes.toString('latin1')}`
  return { method, title, text }
}
