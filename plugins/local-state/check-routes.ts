import { agentCheckFields } from '../../src/filter/fields.ts'
import { compileFilter } from '../../src/filter/filter.ts'
import { routesOf } from '../../src/openapi/routes.ts'
import { map, message } from '../../src/wire/schema.ts'
import type { HealthCheck } from '../../src/wire/structs/catalog.ts'
import { HttpHealthCheck } from '../../src/wire/structs/http.ts'
import type { RequestOf, RouteDeclaration } from '../http-api/contract.ts'
import { checkApi } from './api.ts'
import { isStatus, type KnowsType } from './check-definition.ts'
import { RegistrationError, RegistrationRefusedError } from './errors.ts'
import type { Registrar } from './registrar.ts'
import type { Registrations } from './registrations.ts'
import { done, jsonReply } from './replies.ts'
import { checkRequest } from './service-definition.ts'

export interface CheckRoutesSetup {
  readonly registrations: Registrations
  readonly registrar: Registrar
  readonly knows: KnowsType
  /** Resolves once the catalog shows what was changed, or when that takes too long. */
  readonly synced: () => Promise<void>
}

const checkMap = message(map(HttpHealthCheck))

/** `/v1/agent/checks` and `/v1/agent/check/…`. */
export function checkRoutes({ registrations, registrar, knows, synced }: CheckRoutesSetup): RouteDeclaration[] {
  const reports = (status: CheckStatus) => async (request: ReportRequest) => {
    await registrar.report(request.params.id, status, request.parameter('note') ?? '')
    await synced()
    return done
  }

  return routesOf(checkApi, {
    'GET /v1/agent/checks'(request) {
      const keeps = compileFilter(request.parameter('filter') ?? '', agentCheckFields)
      const shown: Record<string, HealthCheck> = Object.create(null)
      for (const { check } of registrations.checks.values()) if (keeps(check)) shown[check.CheckID] = check
      return jsonReply(checkMap.toJson(shown))
    },
    async 'PUT /v1/agent/check/register'(request) {
      await registrar.registerCheck(checkRequest(await request.read(), knows), { source: 'api' })
      await synced()
      return done
    },
    async 'PUT /v1/agent/check/deregister/:id'({ params: { id } }) {
      if (id === '') throw new RegistrationRefusedError('CheckID missing')
      await registrar.deregisterCheck(id)
      await synced()
      return done
    },
    'PUT /v1/agent/check/pass/:id': reports('passing'),
    'PUT /v1/agent/check/warn/:id': reports('warning'),
    'PUT /v1/agent/check/fail/:id': reports('critical'),
    async 'PUT /v1/agent/check/update/:id'(request) {
      const { Status, Output } = await request.read()
      if (!isStatus(Status)) throw new RegistrationError(`Invalid check status: '${Status}'`)
      await registrar.report(request.params.id, Status, Output)
      await synced()
      return done
    },
  })
}

type CheckStatus = Parameters<Registrar['report']>[1]
type ReportRequest = RequestOf<(typeof checkApi)['PUT /v1/agent/check/pass/:id']>
