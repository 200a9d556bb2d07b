import { routesOf } from '../../src/openapi/routes.ts'
import { list, message } from '../../src/wire/schema.ts'
import { AgentHealthCheck } from '../../src/wire/structs/agent.ts'
import type { Reply, RequestOf, RouteDeclaration } from '../http-api/contract.ts'
import { agentService } from './agent-service.ts'
import { InstanceHealth, instanceHealthApi } from './api.ts'
import { RegistrationRefusedError } from './errors.ts'
import { isMaintenance } from './maintenance-checks.ts'
import type { Registrations, ServiceRecord } from './registrations.ts'
import { jsonReply } from './replies.ts'

const instanceList = message(list(InstanceHealth))

/** `/v1/agent/health/service/…`: whether instances on this agent are well, without asking the cluster. */
export function healthRoutes(registrations: Registrations, datacenter: string): RouteDeclaration[] {
  const healthOf = (record: ServiceRecord) => instanceHealth(record, registrations, datacenter)
  return routesOf(instanceHealthApi, {
    'GET /v1/agent/health/service/id/:id'(request) {
      const { id } = request.params
      if (id === '') throw new RegistrationRefusedError('Bad request: Missing serviceID')
      const record = registrations.services.get(id)
      if (record !== undefined) {
        const health = healthOf(record)
        return reply(request, health.AggregatedStatus, InstanceHealth.toJson(health))
      }
      const reason = `ServiceId ${id} not found`
      const missing = { AggregatedStatus: 'critical', Service: null, Checks: null }
      // Also the text is sent as JSON then, as Consul does.
      const body = wantsText(request) ? JSON.stringify(reason) : InstanceHealth.toJson(missing)
      return jsonReply(body, 404, { 'X-Consul-Reason': reason })
    },
    'GET /v1/agent/health/service/name/:name'(request) {
      const { name } = request.params
      if (name === '') throw new RegistrationRefusedError('Bad request: Missing service Name')
      const found = [...registrations.services.values()].filter(({ service }) => service.Service === name).map(healthOf)
      if (found.length > 0) {
        const worst = found.map(({ AggregatedStatus }) => AggregatedStatus).reduce(worse)
        return reply(request, worst, instanceList.toJson(found))
      }
      return reply(request, `ServiceName ${name} Not Found`, '[]', 404)
    },
  })
}

type Operations = typeof instanceHealthApi
type HealthRequest = RequestOf<Operations[keyof Operations]>

/** Whether the client wants one word and not JSON. */
function wantsText(request: HealthRequest): boolean {
  return request.header('accept')?.startsWith('text/plain') || request.parameter('format') === 'text'
}

const codes: Readonly<Record<string, number>> = { passing: 200, warning: 429, critical: 503, maintenance: 503 }

function worse(a: string, b: string): string {
  return codes[b]! > codes[a]! ? b : a
}

function reply(request: HealthRequest, reason: string, body: string, status = codes[reason]!): Reply {
  const headers = { 'X-Consul-Reason': reason }
  if (!wantsText(request)) return jsonReply(body, status, headers)
  return { kind: 'plain', status, type: 'text/plain', body: reason, headers }
}

function instanceHealth({ service }: ServiceRecord, registrations: Registrations, datacenter: string): InstanceHealth {
  const checks = [...registrations.checks.values()]
    .map(({ check }) => check)
    .filter(({ ServiceID }) => ServiceID === service.ID || ServiceID === '')
  const status = (wanted: string) => checks.some(({ Status }) => Status === wanted)
  const worst = status('critical') ? 'critical' : status('warning') ? 'warning' : 'passing'
  return {
    AggregatedStatus: checks.some(({ CheckID }) => isMaintenance(CheckID)) ? 'maintenance' : worst,
    Service: agentService(service, datacenter),
    // Consul leaves out what kind of check it is here.
    Checks: checks.map((check) => ({ ...AgentHealthCheck.zero(), ...check, Type: '', Definition: noDefinition })),
  }
}

const noDefinition = AgentHealthCheck.zero().Definition
