import type { Random } from '../../src/kernel/random.ts'
import { sessionKey } from '../../src/rules/session-ids.ts'
import type { View } from '../../src/store/view.ts'
import { formatGoDuration, parseGoDuration } from '../../src/wire/go-duration.ts'
import type { Session } from '../../src/wire/structs/session.ts'
import { SessionInvalidError } from './errors.ts'
import { sessions } from './tables.ts'

/** No session may be left alone for longer than this. */
export const ttlMaxMs = 24 * 3_600_000

/**
 * Checks and completes a session before it goes into the log (protocol/servers.md §6.3): what needs chance or an option
 * is decided here, so that every server carries out the same.
 */
export function prepareSession(session: Session, view: View, random: Random, ttlMinMs: number): Session {
  if (session.Node === '') throw new SessionInvalidError('Must provide Node')
  const Behavior = session.Behavior === '' ? 'release' : session.Behavior
  if (Behavior !== 'release' && Behavior !== 'delete') {
    throw new SessionInvalidError(`Invalid Behavior setting '${Behavior}'`)
  }
  requireTtl(session.TTL, ttlMinMs)
  return { ...session, Behavior, ID: newId(view, random) }
}

/** Milliseconds a session may go without being renewed; undefined for one that may go without it for ever. */
export function ttlMs({ TTL }: Session): number | undefined {
  if (TTL === '') return undefined
  const ttlNs = parseGoDuration(TTL)
  return typeof ttlNs === 'number' && ttlNs > 0 ? ttlNs / 1e6 : undefined
}

function requireTtl(text: string, ttlMinMs: number): void {
  if (text === '') return
  const ttlNs = parseGoDuration(text)
  if (typeof ttlNs !== 'number') throw new SessionInvalidError(`Session TTL '${text}' invalid: ${ttlNs.problem}`)
  if (ttlNs === 0 || (ttlNs >= ttlMinMs * 1e6 && ttlNs <= ttlMaxMs * 1e6)) return
  const bounds = `${formatGoDuration(ttlMinMs * 1e6)}=${formatGoDuration(ttlMaxMs * 1e6)}`
  throw new SessionInvalidError(`Invalid Session TTL '${ttlNs}', must be between [${bounds}]`)
}

function newId(view: View, random: Random): string {
  for (;;) {
    const id = random.uuid()
    if (!view.table(sessions).has(sessionKey(id))) return id
  }
}
