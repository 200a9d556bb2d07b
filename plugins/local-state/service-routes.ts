import { agentServiceFields } from '../../src/filter/fields.ts'
import { compileFilter } from '../../src/filter/filter.ts'
import type { Clock } from '../../src/kernel/clock.ts'
import { routesOf } from '../../src/openapi/routes.ts'
import { map, message } from '../../src/wire/schema.ts'
import { AgentService } from '../../src/wire/structs/agent.ts'
import type { Reply, RequestOf, RouteDeclaration } from '../http-api/contract.ts'
import { agentService, hashedService } from './agent-service.ts'
import { serviceApi } from './api.ts'
import type { KnowsType } from './check-definition.ts'
import { NotRegisteredError, RegistrationRefusedError } from './errors.ts'
import type { Registrar } from './registrar.ts'
import type { Registrations } from './registrations.ts'
import { done, jsonReply } from './replies.ts'
import { serviceRequest, validateDrafts } from './service-definition.ts'
import { type PortRange, splitSidecar } from './sidecar.ts'

export interface ServiceRoutesSetup {
  readonly registrations: Registrations
  readonly registrar: Registrar
  readonly knows: KnowsType
  readonly sidecarPorts: PortRange
  readonly datacenter: string
  readonly clock: Clock
  /** Resolves once the catalog shows what was changed, or when that takes too long. */
  readonly synced: () => Promise<void>
}

const serviceMap = message(map(AgentService))

/** `/v1/agent/services` and `/v1/agent/service/…`. */
export function serviceRoutes(setup: ServiceRoutesSetup): RouteDeclaration[] {
  const { registrations, registrar, datacenter, synced } = setup
  return routesOf(serviceApi, {
    'GET /v1/agent/services'(request) {
      const keeps = compileFilter(request.parameter('filter') ?? '', agentServiceFields)
      const shown: Record<string, AgentService> = Object.create(null)
      for (const { service } of registrations.services.values()) {
        const row = agentService(service, datacenter)
        if (keeps(row)) shown[row.ID] = row
      }
      return jsonReply(serviceMap.toJson(shown))
    },
    'GET /v1/agent/service/:id': (request) => readService(request, setup),
    async 'PUT /v1/agent/service/register'(request) {
      const asked = serviceRequest(await request.read(), setup.knows)
      const others = [...registrations.services.values()].map(({ service }) => service)
      const { main, sidecar } = splitSidecar(asked, others, setup.sidecarPorts)
      if (sidecar !== undefined) validateDrafts(sidecar.checks, setup.knows, 'Invalid check in sidecar_service: ')
      const replace = request.parameter('replace-existing-checks')
      await registrar.registerService(main, { source: 'api' }, replace)
      if (sidecar !== undefined) await registrar.registerService(sidecar, { source: 'api' }, replace)
      await synced()
      return done
    },
    async 'PUT /v1/agent/service/deregister/:id'({ params: { id } }) {
      if (id === '') throw new RegistrationRefusedError('ServiceID missing')
      await registrar.deregisterService(id)
      await synced()
      return done
    },
  })
}

type ServiceReadRequest = RequestOf<(typeof serviceApi)['GET /v1/agent/service/:id']>

async function readService(request: ServiceReadRequest, setup: ServiceRoutesSetup): Promise<Reply> {
  const { registrations, datacenter, clock } = setup
  const { id } = request.params
  const hash = request.parameter('hash') ?? ''
  const endMs = hash === '' ? 0 : clock.monotonicMs() + request.options.waitMs
  for (;;) {
    const held = registrations.services.get(id)
    if (held === undefined) throw new NotRegisteredError(`unknown service ID: ${id}`)
    const shown = hashedService(held.service, datacenter)
    const leftMs = endMs - clock.monotonicMs()
    if (hash === '' || shown.ContentHash !== hash || leftMs <= 0 || request.signal.aborted) {
      return jsonReply(AgentService.toJson(shown), 200, { 'X-Consul-ContentHash': shown.ContentHash })
    }
    await changeOf(id, registrations, leftMs, clock, request.signal)
  }
}

/** Resolves when the service was changed or removed, the time is over or the client is gone. */
function changeOf(
  id: string,
  registrations: Registrations,
  limitMs: number,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      stop()
      cancel()
      signal.removeEventListener('abort', end)
      resolve()
    }
    const stop = registrations.listen((change) => {
      if (change.kind === 'service' && change.id === id) end()
    })
    const cancel = clock.after(limitMs, end)
    signal.addEventListener('abort', end, { once: true })
  })
}
