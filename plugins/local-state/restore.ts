import type { Logger } from '../../src/kernel/log.ts'
import type { Registrar } from './registrar.ts'
import type { RegistrationStorage } from './registration-storage.ts'
import type { Registrations } from './registrations.ts'

const fromDisk = { source: 'api', stored: false } as const

/**
 * Registers again what was registered before the agent stopped. Definitions of the configuration win: what was stored under
 * the id of one is removed for good. One that is refused (a plugin is gone, scripts were switched off) stays on disk.
 */
export async function restoreRegistrations(
  storage: RegistrationStorage,
  registrations: Registrations,
  registrar: Registrar,
  log: Logger,
): Promise<void> {
  const { services, checks } = await storage.load()
  for (const service of services) {
    if (registrations.services.get(service.ID)?.source === 'config') {
      log.debug('service exists in configuration, what was stored of it is removed', { service: service.ID })
      await storage.forgetService(service.ID, [])
      continue
    }
    await attempt('service', service.ID, () => registrar.registerService({ service, checks: [] }, fromDisk))
  }
  for (const { check, draft } of checks) {
    const id = check.CheckID
    if (registrations.checks.get(id)?.source === 'config') {
      log.debug('check exists in configuration, what was stored of it is removed', { check: id })
      await storage.forgetCheck(id)
      continue
    }
    await attempt('check', id, () => registrar.restoreCheck(check, draft, fromDisk))
  }

  async function attempt(kind: string, id: string, register: () => Promise<void>): Promise<void> {
    try {
      await register()
    } catch (error) {
      log.error(`a stored ${kind} is refused and left out`, { [kind]: id, error })
    }
  }
}
