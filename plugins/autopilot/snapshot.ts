import type { Transaction } from '../../src/store/transaction.ts'
import type { View } from '../../src/store/view.ts'
import { AutopilotConfig } from '../../src/wire/structs/operator.ts'
import { autopilot, settingsIn } from './tables.ts'

/** Record type of the settings and their place in a snapshot (protocol/servers.md §15.1). */
export const autopilotRecord = { type: 9, stage: 800 } as const

export function* autopilotRecords(view: View): Generator<Buffer> {
  const held = settingsIn(view)
  if (held !== undefined) yield AutopilotConfig.encode(held)
}

export function restoreAutopilot(tx: Transaction, record: Buffer): true {
  tx.table(autopilot).restore(AutopilotConfig.decode(record))
  return true
}
