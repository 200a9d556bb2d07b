import { pause } from '../kernel/pause.ts'
import { parseGoDuration } from '../wire/go-duration.ts'
import type { ConsulClient } from './client.ts'
import { ClientSettingError } from './errors.ts'
import type { SessionDefinition } from './types.ts'

/** A session that is renewed as long as it is wanted. */
export interface KeptSession {
  readonly id: string
  /** Aborts when the session is gone, or nobody could be asked for as long as its TTL. */
  readonly lost: AbortSignal
  /** Stops renewing and destroys it. Does not reject: what cannot be destroyed lapses. */
  end(): Promise<void>
}

const retryMs = 1_000

/** Creates a session and renews it twice in its TTL. */
export async function keepSession(
  client: ConsulClient,
  definition: SessionDefinition & { readonly TTL: string },
  signal?: AbortSignal,
): Promise<KeptSession> {
  const ttlNs = parseGoDuration(definition.TTL)
  if (typeof ttlNs !== 'number')
    throw new ClientSettingError(`"${definition.TTL}" is no time to live: ${ttlNs.problem}`)
  const ttlMs = ttlNs / 1e6
  const id = await client.session.create(definition, { signal })
  const lost = new AbortController()
  const ended = new AbortController()
  void renewing(client, id, ttlMs, ended.signal).then((reason) => {
    if (reason !== undefined) lost.abort(reason)
  })
  return {
    id,
    lost: lost.signal,
    async end() {
      ended.abort()
      await client.session.destroy(id).catch(() => undefined)
    },
  }
}

/** Resolves with why the session is lost, or with nothing once `ended`. */
async function renewing(
  client: ConsulClient,
  id: string,
  ttlMs: number,
  ended: AbortSignal,
): Promise<Error | undefined> {
  const { clock } = client
  let goodUntilMs = clock.monotonicMs() + ttlMs
  let waitMs = ttlMs / 2
  for (;;) {
    await pause(clock, waitMs, ended)
    if (ended.aborted) return undefined
    const askedAtMs = clock.monotonicMs()
    try {
      const session = await client.session.renew(id, { signal: ended })
      if (session === undefined) return new Error(`the session ${id} is gone`)
      goodUntilMs = askedAtMs + ttlMs
      waitMs = ttlMs / 2
    } catch (error) {
      if (ended.aborted) return undefined
      if (clock.monotonicMs() >= goodUntilMs) {
        return new Error(`the session ${id} could not be renewed`, { cause: error })
      }
      waitMs = retryMs
    }
  }
}
