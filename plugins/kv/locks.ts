import type { Transaction } from '../../src/store/transaction.ts'
import type { SessionLookup } from './contract.ts'
import { KvRefusedError } from './errors.ts'

/** Throws unless a lock may be taken for this session. The sentences, also of malformed ids, are Consul's. */
export function requireSession(tx: Transaction, id: string, sessions: SessionLookup | undefined): void {
  if (id === '') throw new KvRefusedError('missing session')
  const flaw = idFlaw(id)
  if (flaw !== undefined) throw new KvRefusedError(`failed session lookup: index error: ${flaw}`)
  if (!sessions?.has(tx, id)) throw new KvRefusedError(`invalid session "${id}"`)
}

/** What keeps a text from being a session id, in the words of Consul's UUID index; undefined for a good one. */
function idFlaw(id: string): string | undefined {
  const bytes = Buffer.from(id).toString('latin1')
  if (bytes.length !== 36) return 'UUID must be 36 characters'
  const digits = bytes.replaceAll('-', '')
  const hyphens = bytes.length - digits.length
  if (hyphens > 4) return `UUID should have maximum of 4 "-"; got ${hyphens}`
  if (digits.length % 2 !== 0) return 'Input (without hyphens) must be even length'
  const bad = /[^0-9a-fA-F]/.exec(digits)
  if (bad === null) return undefined
  const code = bad[0].charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')
  return `Invalid UUID: encoding/hex: invalid byte: U+${code} '${bad[0]}'`
}
