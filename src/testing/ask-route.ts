import { bodyValue } from '../openapi/body.ts'
import type { HttpMethod, OperationDescription } from '../openapi/operation.ts'
import { parameterValue } from '../openapi/parameters.ts'
import type { ApiRequest, QueryParameters, ReadOptions } from '../openapi/request.ts'
import type { OperationRoute } from '../openapi/routes.ts'
import { parseJson } from '../wire/schema.ts'

/** What a test says of a request besides method and target. */
export interface AskedWith {
  /** Text as it is; anything else as JSON. */
  readonly body?: unknown
  readonly options?: Partial<ReadOptions>
  /** Names in lower case. */
  readonly headers?: Readonly<Record<string, string>>
  readonly remoteAddress?: string
  readonly signal?: AbortSignal
}

interface Askable<R> extends Pick<OperationRoute, 'methods' | 'path'> {
  readonly operations?: Readonly<Partial<Record<string, OperationDescription>>>
  readonly answer: (request: ApiRequest) => R
}

/** Asks the route that a method and a target (`/v1/kv/a?raw`) mean, without a server, as an agent of datacenter `dc1` would. */
export function askRoute<R>(
  routes: readonly Askable<R>[],
  method: HttpMethod,
  target: string,
  asked: AskedWith = {},
): R {
  const { pathname, searchParams } = new URL(target, 'http://agent')
  const found = routes
    .filter((route) => route.methods.includes(method))
    .flatMap((route) => {
      const rawParams = paramsOf(route.path, pathname)
      return rawParams === undefined ? [] : [{ route, rawParams }]
    })
    .sort((a, b) => b.route.path.length - a.route.path.length)[0]
  if (found === undefined) throw new Error(`no route for ${method} ${pathname}`)
  return found.route.answer(
    requestTo(found.route.operations?.[method], found.rawParams, method, pathname, searchParams, asked),
  )
}

function requestTo(
  described: OperationDescription | undefined,
  encoded: Readonly<Record<string, string>>,
  method: HttpMethod,
  path: string,
  written: URLSearchParams,
  { body = '', options, headers = {}, remoteAddress = '192.0.2.9', signal = new AbortController().signal }: AskedWith,
): ApiRequest {
  const bytes = Buffer.from(typeof body === 'string' ? body : JSON.stringify(body))
  const query: QueryParameters = {
    get: (name) => written.get(name) ?? undefined,
    has: (name) => written.has(name),
    all: (name) => written.getAll(name),
    pairs: () => [...written],
  }
  const params = Object.fromEntries(Object.entries(encoded).map(([name, value]) => [name, decodeURIComponent(value)]))
  const datacenter = query.get('dc') || 'dc1'
  return {
    method,
    path,
    params,
    rawParam: (name) => Buffer.from(params[name] ?? '').toString('latin1'),
    datacenter,
    query,
    options: {
      index: 0,
      waitMs: 300_000,
      consistency: query.has('stale') ? 'stale' : query.has('consistent') ? 'consistent' : 'default',
      maxStaleMs: 0,
      cached: query.has('cached'),
      datacenter,
      near: query.get('near'),
      nodeMeta: {},
      filter: query.get('filter') || undefined,
      ...options,
    },
    header: (name) => headers[name],
    parameter(name) {
      const declared = described?.query?.[name]
      return declared === undefined ? query.get(name) : parameterValue(name, declared, query)
    },
    cached: async (_question, fetch) => ({ bytes: await fetch(signal), headers: { 'X-Cache': 'MISS' } }),
    body: async () => bytes,
    json: async (prefix) => (bytes.length === 0 ? undefined : parseJson(bytes, prefix === undefined ? {} : { prefix })),
    read: async () => bodyValue(described?.body ?? { help: '' }, bytes),
    signal,
    remoteAddress,
  }
}

/** Of the pattern's parameters, the last takes the rest of the path and may be empty. */
function paramsOf(pattern: string, path: string): Readonly<Record<string, string>> | undefined {
  const source = pattern.replace(/[:*](\w+)$/, '(?<$1>.*)').replace(/:(\w+)/g, '(?<$1>[^/]+)')
  const found = new RegExp(`^${source}$`).exec(path)
  return found === null ? undefined : (found.groups ?? {})
}
