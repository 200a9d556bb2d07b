import type { RouteDeclaration } from '../http-api/contract.ts'
import { RegistrationError } from './errors.ts'
import type { Maintenance } from './maintenance.ts'
import { enableParameter } from './parameters.ts'
import { done } from './replies.ts'

/** `/v1/agent/maintenance` and `/v1/agent/service/maintenance/…`. */
export function maintenanceRoutes(maintenance: Maintenance, synced: () => Promise<void>): RouteDeclaration[] {
  return [
    {
      methods: ['PUT'],
      path: '/v1/agent/maintenance',
      summary: 'Switches maintenance mode of this node on or off (`enable`), with a `reason`.',
      answer: async (request) => {
        await maintenance.setNode(enableParameter(request), request.query.get('reason') ?? '')
        await synced()
        return done
      },
    },
    {
      methods: ['PUT'],
      path: '/v1/agent/service/maintenance/:id',
      summary: 'Switches maintenance mode of one service on or off (`enable`), with a `reason`.',
      answer: async (request) => {
        const id = request.params.id ?? ''
        if (id === '') throw new RegistrationError('Missing service ID')
        await maintenance.setService(id, enableParameter(request), request.query.get('reason') ?? '')
        await synced()
        return done
      },
    },
  ]
}
