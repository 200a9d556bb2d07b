import { assert } from '../kernel/assert.ts'
import type { ApiDescription, HttpMethod, OperationDescription } from './operation.ts'
import type { ApiRequest, RequestOf } from './request.ts'

/** What handlers answer with. Whoever serves routes merges the type in as `reply` (plugins/http-api/contract.ts). */
// biome-ignore lint/suspicious/noEmptyInterface: filled in from elsewhere
export interface Serving {}
type Reply = Serving extends { readonly reply: infer R } ? R : unknown

/** One handler for every operation of a declaration, by the same names. */
export type HandlersOf<A extends ApiDescription> = {
  readonly [E in keyof A]: (request: RequestOf<Extract<A[E], OperationDescription>>) => Reply | Promise<Reply>
}

/** What all routes of a declaration have in common and only the settings know. */
interface RouteSettings {
  /** Most bytes a body may have. */
  readonly bodyLimitBytes?: number
  /** The setting that moves the limit. */
  readonly bodyLimitSetting?: string
}

/** An operation with its handler: what a route is for the router. */
export interface OperationRoute extends RouteSettings {
  readonly methods: readonly HttpMethod[]
  readonly path: string
  readonly summary: string
  readonly operations: Readonly<Record<string, OperationDescription>>
  readonly hot: boolean
  readonly answer: (request: ApiRequest) => Reply | Promise<Reply>
}

/**
 * Binds handlers to the operations of a declaration. A handler that is missing, one too many, or one that asks for what its
 * operation does not declare, is an error of types:
 *
 *     routesOf(racksApi, { 'GET /v1/rack/:name': ({ params }) => rack(params.name) })
 */
export function routesOf<A extends ApiDescription>(
  api: A,
  handlers: HandlersOf<NoInfer<A>>,
  settings: RouteSettings = {},
): OperationRoute[] {
  return Object.entries<OperationDescription>(api).map(([name, described]) => {
    const [method, path] = name.split(' ') as [HttpMethod, string]
    const named = [...path.matchAll(/[:*](\w+)/g)].map(([, parameter]) => parameter!)
    const explained = Object.keys(described.path ?? {})
    assert(named.join() === explained.join(), `${name} must explain its parameters, and explains "${explained.join()}"`)
    return {
      methods: [method],
      path,
      summary: described.summary,
      operations: { [method]: described },
      hot: described.hot ?? false,
      ...settings,
      answer: handlers[name as keyof A] as OperationRoute['answer'],
    }
  })
}
