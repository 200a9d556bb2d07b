import { formatDuration } from '../../src/kernel/duration.ts'
import type { Logger } from '../../src/kernel/log.ts'
import type { Registrar } from './registrar.ts'
import type { CheckRecord, Registrations } from './registrations.ts'

/** How often the agent looks for services to give up. */
export const reapIntervalMs = 30_000

/** Checks that have been critical for longer than their service may stay registered then. */
export function overdueChecks(checks: Iterable<CheckRecord>, nowMs: number): CheckRecord[] {
  return [...checks].filter(
    ({ check, deregisterAfterMs, criticalSinceMs }) =>
      check.ServiceID !== '' &&
      deregisterAfterMs > 0 &&
      criticalSinceMs !== undefined &&
      nowMs - criticalSinceMs > deregisterAfterMs,
  )
}

/** Removes services whose checks are overdue (`deregister_critical_service_after`). */
export async function reapServices(
  registrations: Registrations,
  registrar: Registrar,
  nowMs: number,
  log: Logger,
): Promise<void> {
  for (const { check, deregisterAfterMs } of overdueChecks(registrations.checks.values(), nowMs)) {
    if (!registrations.services.has(check.ServiceID)) continue
    await registrar.deregisterService(check.ServiceID)
    log.info(
      "deregistered service with critical health due to exceeding health check's 'deregister_critical_service_after' timeout",
      { service: check.ServiceID, check: check.CheckID, timeout: formatDuration(deregisterAfterMs) },
    )
  }
}
