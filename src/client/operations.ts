import { autopilotApi } from '../../plugins/autopilot/api.ts'
import { catalogApi, healthApi } from '../../plugins/catalog/api.ts'
import { coordinatesApi } from '../../plugins/coordinates/api.ts'
import { eventsApi } from '../../plugins/events/api.ts'
import { gossipApi } from '../../plugins/gossip/api.ts'
import { keyringApi } from '../../plugins/keyring/api.ts'
import { kvApi } from '../../plugins/kv/api.ts'
import { checkApi, maintenanceApi, selfApi, serviceApi } from '../../plugins/local-state/api.ts'
import { operatorApi, raftApi } from '../../plugins/raft/api.ts'
import { sessionsApi } from '../../plugins/sessions/api.ts'
import { telemetryApi } from '../../plugins/telemetry/api.ts'
import type { AnswerOf, BodyOf, OperationDescription, ParameterName, PathName } from '../openapi/operation.ts'
import type { Kind } from '../wire/schema.ts'
import type { Query } from './transport.ts'

/** The operations of an agent: the same declarations that the agent serves, so that the two cannot disagree. */
export const operations = {
  ...autopilotApi,
  ...catalogApi,
  ...checkApi,
  ...coordinatesApi,
  ...eventsApi,
  ...gossipApi,
  ...healthApi,
  ...keyringApi,
  ...kvApi,
  ...maintenanceApi,
  ...operatorApi,
  ...raftApi,
  ...selfApi,
  ...serviceApi,
  ...sessionsApi,
  ...telemetryApi,
}
type Operations = typeof operations

/** `GET /v1/kv/*key`. */
export type OperationName = keyof Operations
/** Where an operation has several kinds of answers: that at `Which`. */
export type Answered<N extends OperationName, Which extends number = 0> = AnswerOf<Operations[N], Which>
export type Body<N extends OperationName> = BodyOf<Operations[N]>

/** What goes with a request to an operation. Parameters that are undefined are not sent. */
export type Sent<N extends OperationName> = ([PathName<Operations[N]>] extends [never]
  ? { readonly path?: undefined }
  : { readonly path: Readonly<Record<PathName<Operations[N]>, string>> }) & {
  readonly query?: { readonly [P in ParameterName<Operations[N]>]?: Sendable<Operations[N], P> | undefined }
}

type Sendable<O extends OperationDescription, P extends string> =
  NonNullable<O['query']> extends infer Q
    ? P extends keyof Q
      ? Q[P] extends { readonly type: infer T extends keyof SendableTypes }
        ? SendableTypes[T]
        : never
      : string
    : never

interface SendableTypes {
  text: string
  list: readonly string[]
  flag: boolean
  boolean: boolean
  int: number
  uint64: number | bigint
  index: number | bigint
  duration: string
}

/** Path and query of a request, as they are sent: names and forms of the parameters from the declaration. */
export function targetOf<N extends OperationName>(
  name: N,
  sent: Sent<N>,
): { readonly path: string; readonly query: Query } {
  const declared: OperationDescription = operations[name]
  const { path = {}, query = {} } = sent as { path?: Record<string, string>; query?: Record<string, unknown> }
  return {
    path: name
      .slice(name.indexOf('/'))
      .replace(/([:*])(\w+)/g, (_, mark, parameter) => (mark === '*' ? slashed : segment)(path[parameter] ?? '')),
    query: Object.fromEntries(
      Object.entries(query).map(([parameter, value]) => [parameter, written(declared.query?.[parameter], value)]),
    ),
  }
}

type Parameter = NonNullable<OperationDescription['query']>[string]

function written(declared: Parameter | undefined, value: unknown): string | readonly string[] | undefined {
  if (value === undefined || (declared?.type === 'flag' && value === false)) return undefined
  if (Array.isArray(value)) return value
  if (value === true && standsAlone(declared)) return ''
  return String(value)
}

function standsAlone({ type, on, empty }: Partial<Parameter> = {}): boolean {
  return type === 'flag' ? on === undefined || on('') : empty === true
}

/** A part of a path, escaped. */
export function segment(text: string): string {
  return encodeURIComponent(text)
}

/** Slashes stay, so that the path shows the key's structure; a slash at the start is not part of a key. */
function slashed(key: string): string {
  return key.replace(/^\//, '').split('/').map(segment).join('/')
}

/** The declaration of an operation's answer: of several the first, unless told which. */
export function answerKind(name: OperationName, which = 0): Kind<unknown> {
  const { json } = (operations[name] as OperationDescription).answers[200] ?? {}
  const kind = Array.isArray(json) ? json[which] : json
  if (kind === undefined) throw new Error(`${name} declares no JSON`)
  return kind
}

/** The JSON of an operation's body. */
export function bodyJson<N extends OperationName>(name: N, body: Body<N>): string {
  const { json } = (operations[name] as OperationDescription).body ?? {}
  if (json === undefined) throw new Error(`${name} takes no JSON`)
  return json.writeJson(body)
}
