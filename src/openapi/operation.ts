import type { Infer, Kind } from '../wire/schema.ts'

/**
 * Operations by method and path: `GET /v1/kv/*key`. The one declaration of what they take and give: the router
 * (`routesOf`), validation, the document, the pages and the types of `src/client` come from it. Written with `satisfies`,
 * so that types can tell its parts:
 *
 *     export const racksApi = {
 *       'GET /v1/rack/:name': { summary: 'Nodes in a rack.', path: { name: 'The rack.' }, answers: { … } },
 *     } satisfies ApiDescription
 */
export type ApiDescription = Readonly<Record<`${HttpMethod} /${string}`, OperationDescription>>

export type HttpMethod = 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE' | 'PATCH'

/** What one method of an endpoint takes and gives. */
export interface OperationDescription {
  /** One line. */
  readonly summary: string
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
  /**
   * Asked so often that it is answered before Koa is entered. Live replies to a GET are then kept by the URL alone, so
   * what the handler makes of a request without token and `Cache-Control` must follow from its URL.
   */
  readonly hot?: boolean
}

/**
 * How a parameter is read, once, when its handler asks for it: as in Consul, an endpoint that does not look at one does
 * not mind a bad value.
 *
 * - `text`: as it is. `list`: may be repeated.
 * - `flag`: counts when it is there; `on` says with which values, if not with all.
 * - `boolean`: in Go's spellings. `int`: in 64 bits, with a sign or without.
 * - `uint64`: a bigint only where a number would lose digits. `index`: the same for Raft indexes; one too large for a
 *   number is as wrong as any other that nothing has.
 * - `duration`: `10s`; in milliseconds.
 */
export interface QueryParameter {
  readonly type: keyof ParameterTypes
  readonly help: string
  /** Refused when it is missing. */
  readonly required?: boolean
  readonly on?: (written: string) => boolean
  /** What the name without a value is to numbers, booleans and durations: refused, or true. Left out: no parameter at all. */
  readonly empty?: 'refused' | true
  /**
   * What a bad value is refused with. `reason` is what Go's parser says of it; `written` is undefined when a required one is
   * missing. Left out: a 400 with name and reason.
   */
  readonly refused?: (reason: string, written: string | undefined) => Error
}

interface ParameterTypes {
  text: string
  list: readonly string[]
  flag: boolean
  boolean: boolean
  int: number
  uint64: number | bigint
  index: number
  duration: number
}

export interface BodyDescription {
  readonly help: string
  /** The declaration that reads the JSON; bytes of any kind when left out. */
  // biome-ignore lint/suspicious/noExplicitAny: stands for kinds of every type
  readonly json?: Kind<any>
  /** Refused when there is none; else no body is the zero value of the kind. */
  readonly required?: boolean
  /** Introduces what is wrong with it; `Request decode failed: ` when left out. */
  readonly prefix?: string
}

export interface AnswerDescription {
  readonly help: string
  /** The declaration that writes the JSON, or several where parameters choose between them. */
  // biome-ignore lint/suspicious/noExplicitAny: as above
  readonly json?: Kind<any> | readonly Kind<any>[]
  /** The content type of an answer that is no JSON, or may be none. */
  readonly type?: string
}

/** Names of the path parameters of an operation. */
export type PathName<O extends OperationDescription> = keyof NonNullable<O['path']> & string

/** Names of the query parameters of an operation that a handler may look at one by one. */
export type ParameterName<O extends OperationDescription> =
  | (keyof NonNullable<O['query']> & string)
  | (O['shared'] extends string ? 'dc' : never)

/** What a query parameter is read as: undefined when it is not there, unless its type or its being required excludes it. */
export type ParameterValue<O extends OperationDescription, N extends ParameterName<O>> =
  Declared<O, N> extends infer P extends QueryParameter
    ? P['type'] extends 'flag' | 'list'
      ? ParameterTypes[P['type']]
      : ParameterTypes[P['type']] | (P['required'] extends true ? never : undefined)
    : string | undefined

type Declared<O extends OperationDescription, N> =
  NonNullable<O['query']> extends infer Q ? (N extends keyof Q ? Q[N] : undefined) : never

/** What the JSON of the body is read as. */
export type BodyOf<O extends OperationDescription> = O extends { readonly body: { readonly json: infer K } }
  ? Infer<K>
  : never

/** What the JSON of a success says; where parameters choose between several kinds, any of these, or the one at `Which`. */
export type AnswerOf<O extends OperationDescription, Which extends number = number> = O['answers'] extends {
  readonly 200: { readonly json: infer K }
}
  ? Infer<K extends readonly unknown[] ? K[Which] : K>
  : undefined
