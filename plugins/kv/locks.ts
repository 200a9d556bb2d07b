import { sessionIdFlaw, sessionKey } from '../../src/rules/session-ids.ts'
import type { Transaction } from '../../src/store/transaction.ts'
import type { Session } from '../../src/wire/structs/session.ts'
import type { SessionLookup } from './contract.ts'
import { KvRefusedError } from './errors.ts'
import type { LockDelays } from './lock-delays.ts'
import { bury, kvs } from './tables.ts'

/** Throws unless a lock may be taken for this session. The sentences, also of malformed ids, are Consul's. */
export function requireSession(tx: Transaction, id: string, sessions: SessionLookup | undefined): void {
  if (id === '') throw new KvRefusedError('missing session')
  const flaw = sessionIdFlaw(id)
  if (flaw !== undefined) throw new KvRefusedError(`failed session lookup: index error: ${flaw}`)
  if (!sessions?.has(tx, id)) throw new KvRefusedError(`invalid session "${id}"`)
}

/**
 * Ends the locks of a session that ended, in the transaction that ended it: the keys are released, or deleted when it
 * asks for that, and may not be locked again before its lock-delay is over (protocol/servers.md §13.4).
 */
export function endLocks(tx: Transaction, { ID, Behavior, LockDelay }: Session, delays: LockDelays): void {
  if (Behavior !== 'release' && Behavior !== 'delete') return
  const table = tx.table(kvs)
  for (const row of table.index('bySession').get(sessionKey(ID))) {
    delays.note(tx, row.Key, LockDelay)
    if (Behavior === 'release') {
      table.put({ ...row, Session: '' })
    } else {
      table.delete(row.Key)
      bury(tx, row.Key)
    }
    tx.setTableIndex('kvs')
  }
}
