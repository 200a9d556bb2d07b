import { defineTable } from '../../src/store/table.ts'
import type { View } from '../../src/store/view.ts'
import type { AutopilotConfig } from '../../src/wire/structs/operator.ts'

/** The only row's key. */
export const settingsKey = 'settings'

/** The settings in force: one row, or none before a leader wrote it. */
export const autopilot = defineTable({ name: 'autopilot', key: (_row: AutopilotConfig) => settingsKey })

export function settingsIn(view: View): AutopilotConfig | undefined {
  return view.table(autopilot).get(settingsKey)
}
