import { pause } from '../kernel/pause.ts'
import { parseJson } from '../wire/schema.ts'
import { requireSuccess } from './caller.ts'
import type { ConsulClient } from './client.ts'
import { targetOf } from './operations.ts'
import { tokenHeader } from './query.ts'
import type { Query } from './transport.ts'

/** What is watched. */
export type WatchPlan =
  | { readonly type: 'key'; readonly key: string }
  | { readonly type: 'keyprefix'; readonly prefix: string }
  | { readonly type: 'services' | 'nodes' }
  | {
      readonly type: 'service'
      readonly service: string
      readonly tags?: readonly string[]
      readonly passing?: boolean
    }
  | { readonly type: 'checks'; readonly service?: string; readonly state?: string }
  | { readonly type: 'event'; readonly name?: string }

export interface WatchOptions {
  readonly stale?: boolean
  readonly token?: string | undefined
  readonly signal?: AbortSignal | undefined
  /** Told of a read that failed, and when it is tried again. */
  readonly onError?: (error: unknown, retryMs: number) => void
}

export interface Change {
  /** As the header of the answer says it: event indexes have more digits than a number holds. */
  readonly index: string
  /** The answer's JSON; `null` for a key or prefix that is not there. Integers beyond 2^53 are bigints. */
  readonly value: unknown
}

const firstRetryMs = 5_000
const longestRetryMs = 180_000

/** Yields what is there now, and again with every change of it, until the signal aborts. Goes on after failures. */
export async function* watch(
  client: ConsulClient,
  plan: WatchPlan,
  options: WatchOptions = {},
): AsyncGenerator<Change> {
  const { signal, token, stale, onError } = options
  const { path, query } = question(plan)
  let index = '0'
  let last: string | undefined
  let failures = 0
  while (!signal?.aborted) {
    let change: Change
    try {
      const answer = await client.send({
        method: 'GET',
        path,
        query: { ...query, ...(stale && { stale: '' }), ...(index !== '0' && { index }) },
        headers: tokenHeader(token),
        signal,
      })
      if (answer.status !== 404) requireSuccess(answer)
      failures = 0
      const reached = answer.header('x-consul-index') ?? '0'
      const previous = index
      index = wentBack(plan, reached, previous) ? '0' : reached
      if (reached === previous) continue
      const value = answerOf(plan, answer.status === 404 ? null : parseJson(answer.body), previous)
      const text = JSON.stringify(value, digits)
      if (text === last) continue
      last = text
      change = { index: reached, value }
    } catch (error) {
      if (signal?.aborted) return
      failures++
      const retryMs = Math.min(firstRetryMs * failures * failures, longestRetryMs)
      onError?.(error, retryMs)
      await pause(client.clock, retryMs, signal)
      continue
    }
    yield change
  }
}

/** Four blanks deep, as the watches of Consul print it; integers keep their digits. */
export function indented(value: unknown): string {
  return JSON.stringify(value, digits, 4)
}

function question(plan: WatchPlan): { readonly path: string; readonly query: Query } {
  switch (plan.type) {
    case 'key':
      return targetOf('GET /v1/kv/*key', { path: { key: plan.key } })
    case 'keyprefix':
      return targetOf('GET /v1/kv/*key', { path: { key: plan.prefix }, query: { recurse: true } })
    case 'services':
    case 'nodes':
      return targetOf(`GET /v1/catalog/${plan.type}`, {})
    case 'service': {
      const query = { tag: plan.tags, passing: plan.passing || undefined }
      return targetOf('GET /v1/health/service/:name', { path: { name: plan.service }, query })
    }
    case 'checks':
      if (plan.service !== undefined) return targetOf('GET /v1/health/checks/:name', { path: { name: plan.service } })
      return targetOf('GET /v1/health/state/:name', { path: { name: plan.state ?? 'any' } })
    case 'event':
      return targetOf('GET /v1/event/list', { query: { name: plan.name } })
  }
}

/** A key is a list of one on the wire; of events only those are new that came behind the one last seen. */
function answerOf(plan: WatchPlan, value: unknown, since: string): unknown {
  if (plan.type === 'key') return Array.isArray(value) ? value[0] : null
  if (plan.type !== 'event' || !Array.isArray(value)) return value
  const seen = value.findIndex((event: { readonly ID?: string }) => String(eventIndex(event.ID ?? '')) === since)
  return seen < 0 ? value : value.slice(seen + 1)
}

/** The index of the list that ends with this event: both halves of its id, as numbers, by exclusive or. */
export function eventIndex(id: string): bigint {
  const hex = id.replaceAll('-', '')
  return /^[0-9a-f]{32}$/i.test(hex) ? BigInt(`0x${hex.slice(0, 16)}`) ^ BigInt(`0x${hex.slice(16)}`) : 0n
}

/** After a restore indexes may be smaller than they were; those of events are in no order. */
function wentBack(plan: WatchPlan, index: string, before: string): boolean {
  return plan.type !== 'event' && BigInt(index) < BigInt(before)
}

/** In Node and not yet in TypeScript's library: text that goes into JSON as it is. */
const { rawJSON } = JSON as unknown as { rawJSON(text: string): unknown }

function digits(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? rawJSON(String(value)) : value
}
