import { sessionKey } from '../../src/rules/session-ids.ts'
import { keyOf } from '../../src/store/keys.ts'
import { defineTable } from '../../src/store/table.ts'
import type { Session } from '../../src/wire/structs/session.ts'

/** The sessions, by id. */
export const sessions = defineTable({
  name: 'sessions',
  key: (row: Session) => sessionKey(row.ID),
  indexes: {
    byNode: { key: (row: Session) => nodeKey(row.Node) },
    byCheck: { key: (row: Session) => [...new Set(checkIds(row).map((id) => checkKey(row.Node, id)))] },
  },
})

/** Every check that the session depends on, of its node and of services there, in the order in which they are asked for. */
export function checkIds({ Checks, NodeChecks, ServiceChecks }: Session): string[] {
  return [...(Checks ?? []), ...(NodeChecks ?? []), ...(ServiceChecks ?? []).map(({ ID }) => ID)]
}

/** Names of nodes and ids of checks are found in any letter case. */
export function nodeKey(name: string): string {
  return name.toLowerCase()
}

export function checkKey(node: string, checkId: string): string {
  return keyOf(nodeKey(node), checkId.toLowerCase())
}
