import { routesOf } from '../../src/openapi/routes.ts'
import type { RouteDeclaration } from '../http-api/contract.ts'
import { maintenanceApi } from './api.ts'
import { RegistrationError } from './errors.ts'
import type { Maintenance } from './maintenance.ts'
import { done } from './replies.ts'

/** `/v1/agent/maintenance` and `/v1/agent/service/maintenance/…`. */
export function maintenanceRoutes(maintenance: Maintenance, synced: () => Promise<void>): RouteDeclaration[] {
  return routesOf(maintenanceApi, {
    async 'PUT /v1/agent/maintenance'(request) {
      await maintenance.setNode(request.parameter('enable'), request.parameter('reason') ?? '')
      await synced()
      return done
    },
    async 'PUT /v1/agent/service/maintenance/:id'(request) {
      const { id } = request.params
      if (id === '') throw new RegistrationError('Missing service ID')
      await maintenance.setService(id, request.parameter('enable'), request.parameter('reason') ?? '')
      await synced()
      return done
    },
  })
}
