import type { Kind } from '../wire/schema.ts'

/** What one method of an endpoint takes and gives: the part of a route's declaration that documents are drawn from. */
export interface OperationDescription {
  /** One line, where the route's own does not say what this method does. */
  readonly summary?: string
  /** What each path parameter is. */
  readonly path?: Readonly<Record<string, string>>
  readonly query?: Readonly<Record<string, QueryParameter>>
  /**
   * Parameters that all endpoints of a kind share. `blocking`: reads of replicated state, which can wait for a change and
   * choose their consistency. `datacenter`: whatever is answered by the servers of a datacenter.
   */
  readonly shared?: 'blocking' | 'datacenter'
  readonly body?: BodyDescription
  /** By status. Refusals, whose body is a sentence, need no mention. */
  readonly answers: Readonly<Record<number, AnswerDescription>>
  /** What of Consul's endpoint is missing here. */
  readonly missing?: string
}

/** `flag`: counts when it is there, whatever its value. `list`: may be repeated. */
export interface QueryParameter {
  readonly type: 'text' | 'integer' | 'boolean' | 'flag' | 'duration' | 'list'
  readonly help: string
  readonly required?: boolean
}

export interface BodyDescription {
  readonly help: string
  /** The declaration that reads the JSON; bytes of any kind when left out. */
  // biome-ignore lint/suspicious/noExplicitAny: stands for kinds of every type
  readonly json?: Kind<any>
  readonly required?: boolean
}

export interface AnswerDescription {
  readonly help: string
  /** The declaration that writes the JSON, or several where parameters choose between them. */
  // biome-ignore lint/suspicious/noExplicitAny: as above
  readonly json?: Kind<any> | readonly Kind<any>[]
  /** The content type of an answer that is no JSON, or may be none. */
  readonly type?: string
}

/** Descriptions by method and path: `GET /v1/kv/*key`. */
export type ApiDescription = Readonly<Record<string, OperationDescription>>

interface Describable {
  readonly methods: readonly string[]
  readonly path: string
}

/**
 * The same routes with what is said about them. A description without its route throws, so that neither outlives the
 * other; that every route has one is for a test to say, as plugins of others may have none.
 */
export function describeRoutes<R extends Describable>(
  api: ApiDescription,
  routes: readonly R[],
): (R & { readonly operations: Readonly<Record<string, OperationDescription>> })[] {
  const left = new Set(Object.keys(api))
  const described = routes.map((route) => {
    const operations: Record<string, OperationDescription> = {}
    for (const method of route.methods) {
      const name = `${method} ${route.path}`
      const description = api[name]
      if (description !== undefined) operations[method] = description
      left.delete(name)
    }
    return { ...route, operations }
  })
  if (left.size > 0) throw new Error(`these are described and are no routes: ${[...left].join(', ')}`)
  return described
}
