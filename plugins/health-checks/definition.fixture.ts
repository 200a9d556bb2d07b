import type { CheckDefinition } from './contract.ts'

/** A definition with the usual values. */
export function definition(parts: Partial<CheckDefinition>): CheckDefinition {
  return {
    id: 'c',
    name: 'c',
    type: 'probe',
    notes: '',
    serviceId: '',
    serviceName: '',
    intervalMs: 10_000,
    timeoutMs: 0,
    ttlMs: 0,
    successBeforePassing: 0,
    failuresBeforeCritical: 0,
    deregisterCriticalServiceAfterMs: 0,
    outputMaxBytes: 4096,
    status: undefined,
    args: {},
    ...parts,
  }
}
