import type { Transaction } from '../../src/store/transaction.ts'
import type { AutopilotSetConfigRequest } from '../../src/wire/structs/operator.ts'
import { autopilot, settingsKey } from './tables.ts'

/**
 * Carries out one Autopilot command (protocol/servers.md §13.5): with CAS true when the settings were still those of the
 * index that the caller saw, else nothing to say.
 */
export function applyAutopilot(tx: Transaction, { Config, CAS }: AutopilotSetConfigRequest): boolean | null {
  const rows = tx.table(autopilot)
  const held = rows.get(settingsKey)
  if (CAS && (held === undefined || held.ModifyIndex !== Config.ModifyIndex)) return false
  rows.put(Config)
  return CAS ? true : null
}
