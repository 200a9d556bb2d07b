import { sessionIdFlaw, sessionKey } from '../../src/rules/session-ids.ts'
import type { Transaction } from '../../src/store/transaction.ts'
import type { Session, SessionRequest } from '../../src/wire/structs/session.ts'
import type { CatalogLookup } from '../catalog/contract.ts'
import { SessionRefusedError } from './errors.ts'
import { checkIds, checkKey, nodeKey, sessions } from './tables.ts'

/** Carries out one Session command (protocol/servers.md §13.4): the id of the session created, null for one destroyed. */
export function applySession(tx: Transaction, { Op, Session }: SessionRequest, catalog: CatalogLookup): string | null {
  switch (Op) {
    case 'create':
      return create(tx, Session, catalog)
    case 'destroy':
      requireId(Session.ID)
      endSession(tx, Session.ID)
      return null
    default:
      throw new SessionRefusedError(`Invalid Session operation '${Op}'`)
  }
}

/** Ends a session. What was tied to it goes with it, in the same transaction, through the table's `change` hook. */
export function endSession(tx: Transaction, id: string): void {
  if (tx.table(sessions).delete(sessionKey(id)) !== undefined) tx.setTableIndex('sessions')
}

/** A session lasts as long as its node. */
export function endSessionsOfNode(tx: Transaction, node: string): void {
  for (const { ID } of tx.table(sessions).index('byNode').get(nodeKey(node))) endSession(tx, ID)
}

/** A session lasts as long as every check it depends on is there and not critical. */
export function endSessionsOfCheck(tx: Transaction, node: string, checkId: string): void {
  for (const { ID } of tx.table(sessions).index('byCheck').get(checkKey(node, checkId))) endSession(tx, ID)
}

/**
 * Takes the row away alone. It is written without a behaviour first, so that those who are told of its end see that
 * nothing is to become of its locks.
 */
export function forgetSession(tx: Transaction, id: string): void {
  const row = tx.table(sessions).get(sessionKey(id))
  if (row === undefined) return
  tx.table(sessions).put({ ...row, Behavior: '' })
  endSession(tx, id)
}

function create(tx: Transaction, session: Session, catalog: CatalogLookup): string {
  const { ID, Node } = session
  if (ID === '') throw new SessionRefusedError('Missing session ID')
  requireId(ID)
  const Behavior = session.Behavior === '' ? 'release' : session.Behavior
  if (Behavior !== 'release' && Behavior !== 'delete') {
    throw new SessionRefusedError(`Invalid session behavior: ${Behavior}`)
  }
  if (!catalog.hasNode(tx, Node)) throw new SessionRefusedError('Missing node registration')
  for (const id of checkIds(session)) {
    const status = catalog.checkStatus(tx, Node, id)
    if (status === undefined) throw new SessionRefusedError(`Missing check '${id}' registration`)
    if (status === 'critical') throw new SessionRefusedError(`Check '${id}' is in ${status} state`)
  }
  tx.table(sessions).put({ ...session, Behavior })
  tx.setTableIndex('sessions')
  return ID
}

function requireId(id: string): void {
  const flaw = sessionIdFlaw(id)
  if (flaw !== undefined) throw new SessionRefusedError(`failed session lookup: index error: ${flaw}`)
}
