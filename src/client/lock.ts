import { pause } from '../kernel/pause.ts'
import type { ConsulClient } from './client.ts'
import { ContendedError, LockConflictError } from './lock-errors.ts'
import { monitored } from './lock-monitor.ts'
import { type KeptSession, keepSession } from './session-keeper.ts'

/** Marks keys of this recipe, so that nobody takes a key for a lock that is none. The number is that of Consul's client. */
export const lockFlags = 0x2ddc_cbc0_58a5_0c18n

export interface LockOptions {
  /** Stands in the key while it is held. */
  readonly value?: string
  readonly sessionName?: string
  /** How long the lock outlives a holder that vanished; `15s` when left out. */
  readonly sessionTtl?: string
  /** Gives up after this long; tries for ever when left out. */
  readonly tryMs?: number | undefined
  /** How many errors in a row of the watching read are borne, a few seconds apart, before the lock counts as lost. */
  readonly monitorRetries?: number | undefined
  readonly signal?: AbortSignal | undefined
}

/** A lock or a slot of a semaphore that is held. */
export interface Holding {
  readonly session: string
  /** Aborts when it is held no more although nobody released it: stop what needs it. */
  readonly lost: AbortSignal
  /** Gives it back. */
  release(): Promise<void>
  /** Removes what is left in the store once nobody holds or wants it; false when somebody does. */
  cleanUp(): Promise<boolean>
}

/** How long one waiting read may take, so that a connection which died unnoticed is noticed. */
export const waitMs = 15_000
/** Between attempts while the key may not be locked yet, because its last holder vanished (lock delay). */
const delayedMs = 5_000

/**
 * Takes the lock of a key, waiting for whoever holds it: the recipe of Consul's clients, which respect one another's.
 * Undefined when `tryMs` is over or the signal aborts before it could be had.
 *
 * @throws LockConflictError when the key is used for something else
 */
export async function acquireLock(
  client: ConsulClient,
  key: string,
  options: LockOptions = {},
): Promise<Holding | undefined> {
  const { signal, sessionName = 'Consul API Lock', sessionTtl = '15s' } = options
  const session = await keepSession(client, { Name: sessionName, TTL: sessionTtl }, signal)
  try {
    if (!(await take(client, key, session, options))) {
      await session.end()
      return undefined
    }
  } catch (error) {
    await session.end()
    if (signal?.aborted) return undefined
    throw error
  }
  const watch = monitored(client, options.monitorRetries ?? 0, session.lost, async (index, stop) => {
    const { value, meta } = await client.kv.get(key, { consistency: 'consistent', index, waitMs, signal: stop })
    return { held: value?.Session === session.id, index: meta.index }
  })
  return {
    session: session.id,
    lost: watch.lost,
    async release() {
      watch.stop()
      try {
        await client.kv.put(key, options.value ?? '', { release: session.id, flags: lockFlags })
      } finally {
        await session.end()
      }
    },
    async cleanUp() {
      const { value: entry } = await client.kv.get(key)
      if (entry === undefined) return true
      if (BigInt(entry.Flags) !== lockFlags) throw new LockConflictError(key)
      if (entry.Session !== '') return false
      return client.kv.delete(key, { cas: entry.ModifyIndex })
    },
  }
}

/** False when the time is over. */
async function take(
  client: ConsulClient,
  key: string,
  session: KeptSession,
  { value = '', tryMs, signal }: LockOptions,
): Promise<boolean> {
  const { clock } = client
  const deadlineMs = tryMs === undefined ? Number.POSITIVE_INFINITY : clock.monotonicMs() + tryMs
  let index = 0
  for (;;) {
    const leftMs = deadlineMs - clock.monotonicMs()
    if (leftMs <= 0 && index > 0) return false
    const found = await client.kv.get(key, { index, waitMs: Math.max(1, Math.min(waitMs, leftMs)), signal })
    if (found.value !== undefined && BigInt(found.value.Flags) !== lockFlags) throw new LockConflictError(key)
    if (found.value?.Session === session.id) return true
    index = found.meta.index
    if (found.value !== undefined && found.value.Session !== '') continue

    if (await client.kv.put(key, value, { acquire: session.id, flags: lockFlags, signal })) return true
    if (session.lost.aborted) throw new ContendedError(key, session.lost.reason)
    const now = await client.kv.get(key, { consistency: 'consistent', signal })
    index = now.meta.index
    if (now.value !== undefined && now.value.Session !== '') continue
    // Nobody holds it and nobody may: the delay after a holder that vanished. No index will tell when it is over.
    await pause(clock, Math.min(delayedMs, Math.max(0, deadlineMs - clock.monotonicMs())), signal, session.lost)
    if (signal?.aborted || clock.monotonicMs() >= deadlineMs) return false
    index = 0
  }
}
