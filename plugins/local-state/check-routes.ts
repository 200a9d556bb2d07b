import { agentCheckFields } from '../../src/filter/fields.ts'
import { compileFilter } from '../../src/filter/filter.ts'
import { map, message, struct, text } from '../../src/wire/schema.ts'
import type { HealthCheck } from '../../src/wire/structs/catalog.ts'
import { HttpHealthCheck } from '../../src/wire/structs/http.ts'
import type { ApiRequest, Reply, RouteDeclaration } from '../http-api/contract.ts'
import { isStatus, type KnowsType } from './check-definition.ts'
import { RegistrationError, RegistrationRefusedError } from './errors.ts'
import { jsonBody } from './json-body.ts'
import type { Registrar } from './registrar.ts'
import type { Registrations } from './registrations.ts'
import { done, jsonReply } from './replies.ts'
import { readCheckRequest } from './service-definition.ts'

export interface CheckRoutesSetup {
  readonly registrations: Registrations
  readonly registrar: Registrar
  readonly knows: KnowsType
  /** Resolves once the catalog shows what was changed, or when that takes too long. */
  readonly synced: () => Promise<void>
}

const checkMap = message(map(HttpHealthCheck))
const Report = struct('Report', { Status: text(), Output: text() })

/** Words of the paths that report a TTL check, and what they report. */
const verbs = { pass: 'passing', warn: 'warning', fail: 'critical' } as const

/** `/v1/agent/checks` and `/v1/agent/check/…`. */
export function checkRoutes({ registrations, registrar, knows, synced }: CheckRoutesSetup): RouteDeclaration[] {
  async function report(
    { params: { id = '' }, query }: ApiRequest,
    status: (typeof verbs)[keyof typeof verbs],
  ): Promise<Reply> {
    await registrar.report(id, status, query.get('note') ?? '')
    await synced()
    return done
  }

  return [
    {
      methods: ['GET'],
      path: '/v1/agent/checks',
      summary: 'Checks registered on this agent, by id; `filter` selects.',
      answer: ({ query }) => {
        const keeps = compileFilter(query.get('filter') ?? '', agentCheckFields)
        const shown: Record<string, HealthCheck> = Object.create(null)
        for (const { check } of registrations.checks.values()) if (keeps(check)) shown[check.CheckID] = check
        return jsonReply(checkMap.toJson(shown))
      },
    },
    {
      methods: ['PUT'],
      path: '/v1/agent/check/register',
      summary: 'Registers a check of the node, or with `ServiceID` of one of its services.',
      answer: async (request) => {
        await registrar.registerCheck(readCheckRequest(await jsonBody(request), knows), { source: 'api' })
        await synced()
        return done
      },
    },
    {
      methods: ['PUT'],
      path: '/v1/agent/check/deregister/:id',
      summary: 'Removes a check from this agent.',
      answer: async ({ params: { id = '' } }) => {
        if (id === '') throw new RegistrationRefusedError('CheckID missing')
        await registrar.deregisterCheck(id)
        await synced()
        return done
      },
    },
    ...Object.entries(verbs).map(
      ([verb, status]): RouteDeclaration => ({
        methods: ['PUT'],
        path: `/v1/agent/check/${verb}/:id`,
        summary: `Reports a TTL check ${status}; \`note\` is its output.`,
        answer: (request) => report(request, status),
      }),
    ),
    {
      methods: ['PUT'],
      path: '/v1/agent/check/update/:id',
      summary: 'Reports a TTL check with a status and an output.',
      answer: async (request) => {
        const { Status, Output } = Report.fromJson(await jsonBody(request))
        if (!isStatus(Status)) throw new RegistrationError(`Invalid check status: '${Status}'`)
        await registrar.report(request.params.id ?? '', Status, Output)
        await synced()
        return done
      },
    },
  ]
}
