import { bool, type Infer, int, map, parseJson, struct } from '../wire/schema.ts'
import type { ConsulClient } from './client.ts'
import { type Holding, type LockOptions, waitMs } from './lock.ts'
import { ContendedError, LockConflictError, SemaphoreLimitError } from './lock-errors.ts'
import { monitored } from './lock-monitor.ts'
import { type KeptSession, keepSession } from './session-keeper.ts'
import type { KvEntry } from './types.ts'

/** Marks keys of this recipe. The number is that of Consul's client. */
export const semaphoreFlags = 0xe0f6_9a2b_aa41_4de0n

/** What stands in `PREFIX/.lock`: how many may hold the semaphore, and the sessions that do. */
const HolderList = struct('HolderList', { Limit: int(), Holders: map(bool()) })
type HolderList = Infer<typeof HolderList>

/**
 * Takes one of `limit` slots of the semaphore at a prefix: the recipe of Consul's clients. Everyone who wants a slot puts a
 * key of his own below the prefix, held by his session; who has one is written in `PREFIX/.lock`, by check-and-set.
 * Undefined when `tryMs` is over or the signal aborts before a slot was free.
 *
 * @throws LockConflictError, SemaphoreLimitError
 */
export async function acquireSemaphore(
  client: ConsulClient,
  prefix: string,
  limit: number,
  options: LockOptions = {},
): Promise<Holding | undefined> {
  const { signal, sessionName = 'Consul API Semaphore', sessionTtl = '15s', value = '' } = options
  const slots = new Slots(client, prefix.replace(/\/+$/, ''), limit)
  const session = await keepSession(client, { Name: sessionName, TTL: sessionTtl }, signal)
  const contender = slots.contenderKey(session.id)
  const giveUp = async () => {
    // Best effort: a contender that stays behind counts for nothing without its session.
    await client.kv.delete(contender).catch(() => undefined)
    await session.end()
  }
  try {
    const announced = await client.kv.put(contender, value, { acquire: session.id, flags: semaphoreFlags, signal })
    if (!announced) throw new ContendedError(contender, session.lost.reason)
    if (!(await take(client, slots, session, options))) {
      await giveUp()
      return undefined
    }
  } catch (error) {
    await giveUp()
    if (signal?.aborted) return undefined
    throw error
  }
  const watch = monitored(client, options.monitorRetries ?? 0, session.lost, async (index, stop) => {
    const read = await client.kv.list(slots.prefix, { consistency: 'consistent', index, waitMs, signal: stop })
    return { held: slots.judge(read.value).list.Holders?.[session.id] === true, index: read.meta.index }
  })
  return {
    session: session.id,
    lost: watch.lost,
    async release() {
      watch.stop()
      try {
        await slots.give(session.id)
        await client.kv.delete(contender)
      } finally {
        await session.end()
      }
    },
    cleanUp: () => slots.cleanUp(),
  }
}

/** False when the time is over. */
async function take(
  client: ConsulClient,
  slots: Slots,
  session: KeptSession,
  { tryMs, signal }: LockOptions,
): Promise<boolean> {
  const { clock } = client
  const deadlineMs = tryMs === undefined ? Number.POSITIVE_INFINITY : clock.monotonicMs() + tryMs
  let index = 0
  for (;;) {
    const leftMs = deadlineMs - clock.monotonicMs()
    if (leftMs <= 0 && index > 0) return false
    const { value, meta } = await client.kv.list(slots.prefix, {
      index,
      waitMs: Math.max(1, Math.min(waitMs, leftMs)),
      signal,
    })
    if (session.lost.aborted) throw new ContendedError(slots.prefix, session.lost.reason)
    const { list, modifyIndex } = slots.judge(value)
    if (Object.keys(list.Holders ?? {}).length >= slots.limit) {
      index = meta.index
      continue
    }
    const holders = { ...list.Holders, [session.id]: true }
    if (await slots.write({ ...list, Holders: holders }, modifyIndex, signal)) return true
    // Somebody was faster: look again at once.
    index = 0
  }
}

/** The list of holders, and what is known from the keys beside it. */
class Slots {
  readonly #client: ConsulClient
  /** Without the slash at its end. */
  readonly #path: string
  readonly limit: number

  constructor(client: ConsulClient, path: string, limit: number) {
    this.#client = client
    this.#path = path
    this.limit = limit
  }

  get prefix(): string {
    return `${this.#path}/`
  }

  contenderKey(session: string): string {
    return `${this.#path}/${session}`
  }

  /** The holders of whom the session still lives, and the index that a change of the list has to name. */
  judge(entries: readonly KvEntry[]): { readonly list: HolderList; readonly modifyIndex: number } {
    const lock = entries.find(({ Key }) => Key === this.#lockKey)
    if (lock === undefined) return { list: { Limit: this.limit, Holders: {} }, modifyIndex: 0 }
    if (BigInt(lock.Flags) !== semaphoreFlags) throw new LockConflictError(this.#lockKey)
    const list = HolderList.fromJson(parseJson(lock.Value ?? '{}'))
    if (list.Limit !== this.limit) throw new SemaphoreLimitError(list.Limit, this.limit)
    const alive = new Set(entries.map(({ Session }) => Session))
    const holders = Object.fromEntries(Object.entries(list.Holders ?? {}).filter(([session]) => alive.has(session)))
    return { list: { Limit: list.Limit, Holders: holders }, modifyIndex: lock.ModifyIndex }
  }

  write(list: HolderList, cas: number, signal?: AbortSignal): Promise<boolean> {
    return this.#client.kv.put(this.#lockKey, HolderList.toJson(list), { cas, flags: semaphoreFlags, signal })
  }

  async give(session: string): Promise<void> {
    for (;;) {
      const { value } = await this.#client.kv.list(this.prefix)
      const { list, modifyIndex } = this.judge(value)
      const { [session]: held, ...others } = list.Holders ?? {}
      if (!held || (await this.write({ ...list, Holders: others }, modifyIndex))) return
    }
  }

  async cleanUp(): Promise<boolean> {
    const { value } = await this.#client.kv.list(this.prefix)
    const { list, modifyIndex } = this.judge(value)
    if (modifyIndex === 0) return true
    if (Object.keys(list.Holders ?? {}).length > 0) return false
    return this.#client.kv.delete(this.#lockKey, { cas: modifyIndex })
  }

  get #lockKey(): string {
    return `${this.#path}/.lock`
  }
}
