import { HealthCheck } from '../../src/wire/structs/catalog.ts'
import { NotRegisteredError } from './errors.ts'
import { nodeCheckId, serviceCheckPrefix } from './maintenance-checks.ts'
import type { Registrar } from './registrar.ts'
import type { Registrations } from './registrations.ts'

/** Maintenance mode: a critical check that takes the node or one service out of every answer, until it is switched off. */
export class Maintenance {
  readonly #registrations: Registrations
  readonly #registrar: Registrar

  constructor(registrations: Registrations, registrar: Registrar) {
    this.#registrations = registrations
    this.#registrar = registrar
  }

  /** Switched on twice, it keeps the first reason. */
  async setNode(enable: boolean, reason: string): Promise<void> {
    const Notes =
      reason || 'Maintenance mode is enabled for this node, but no reason was provided. This is a default message.'
    await this.#set(enable, { CheckID: nodeCheckId, Name: 'Node Maintenance Mode', Notes })
  }

  async setService(serviceId: string, enable: boolean, reason: string): Promise<void> {
    if (!this.#registrations.services.has(serviceId)) {
      throw new NotRegisteredError(`No service registered with ID ${JSON.stringify(serviceId)}`)
    }
    const Notes =
      reason || 'Maintenance mode is enabled for this service, but no reason was provided. This is a default message.'
    await this.#set(enable, {
      CheckID: serviceCheckPrefix + serviceId,
      Name: 'Service Maintenance Mode',
      ServiceID: serviceId,
      Notes,
    })
  }

  async #set(enable: boolean, what: Pick<HealthCheck, 'CheckID' | 'Name' | 'Notes'> & Partial<HealthCheck>) {
    const isOn = this.#registrations.checks.has(what.CheckID)
    if (enable === isOn) return
    if (!enable) return this.#registrar.deregisterCheck(what.CheckID)
    const check: HealthCheck = { ...HealthCheck.zero(), ...what, Status: 'critical', Type: 'maintenance' }
    return this.#registrar.restoreCheck(check, undefined, { source: 'api' })
  }
}
