import type { Random } from '../../src/kernel/random.ts'
import { sharedValue } from '../../src/openapi/shared-parameters.ts'
import { parseCacheControl } from './cache-control.ts'
import type { QueryParameters, ReadOptions } from './contract.ts'
import { BadRequestError } from './errors.ts'

/** What reading the options needs to know of this agent. */
export interface ReadSurroundings {
  readonly datacenter: string
  /** Name of its node. */
  readonly nodeName: string
  readonly random: Random
  /** How old an answer of the catalog may be unless its reader says otherwise; 0 asks the leader. */
  readonly discoveryMaxStaleMs: number
}

const waitDefaultMs = 5 * 60_000
const waitMaxMs = 10 * 60_000
/** Waits get up to a sixteenth longer, so that readers who began together do not all come back together. */
const jitterFraction = 1 / 16
/** The jitter comes in this many sizes: timers of equal length share one list in Node, and thousands may wait. */
const jitterSteps = 32

/**
 * Reads what every read of Consul's API understands. Throws a 400 with Consul's words for values that cannot be meant
 * (protocol/servers.md §5.3 for the limits of `wait`).
 */
export function parseReadOptions(
  query: QueryParameters,
  cacheControl: string | undefined,
  surroundings: ReadSurroundings,
  discovery = false,
): ReadOptions {
  const cached = query.has('cached')
  const { consistency, maxStaleMs } = parseConsistency(query, cached, discovery ? surroundings.discoveryMaxStaleMs : 0)
  // A bad one is refused also where nothing is kept.
  parseCacheControl(cacheControl)
  const waitMs = waitOf(sharedValue('wait', query), surroundings.random)
  const asked = query.get('dc')
  const { datacenter } = surroundings
  const near = query.get('near')
  return {
    index: Number(sharedValue('index', query) ?? 0),
    waitMs,
    consistency,
    maxStaleMs,
    cached,
    datacenter: !asked || asked.toLowerCase() === datacenter.toLowerCase() ? datacenter : asked,
    near: near === '_agent' ? surroundings.nodeName : near || undefined,
    nodeMeta: parsePairs(query.all('node-meta')),
    filter: query.get('filter') || undefined,
  }
}

function waitOf(askedMs: number | undefined, random: Random): number {
  let waitMs = askedMs ?? 0
  if (waitMs <= 0) waitMs = waitDefaultMs
  if (waitMs > waitMaxMs) waitMs = waitMaxMs
  return waitMs * (1 + (jitterFraction * Math.floor(random.fraction() * jitterSteps)) / jitterSteps)
}

function parseConsistency(
  query: QueryParameters,
  cached: boolean,
  defaultMaxStaleMs: number,
): Pick<ReadOptions, 'consistency' | 'maxStaleMs'> {
  const consistent = sharedValue('consistent', query)
  const maxStale = sharedValue('max_stale', query)
  const maxStaleMs = Math.max(0, maxStale ?? 0)
  const stale = sharedValue('stale', query) || maxStaleMs > 0
  if (stale && consistent) throw conflict('stale')
  if (cached && consistent) throw conflict('cached')
  if (consistent) return { consistency: 'consistent', maxStaleMs: 0 }
  if (stale) return { consistency: 'stale', maxStaleMs }
  const says = cached || sharedValue('leader', query) || maxStale !== undefined
  if (says || defaultMaxStaleMs === 0) return { consistency: 'default', maxStaleMs: 0 }
  return { consistency: 'stale', maxStaleMs: defaultMaxStaleMs }
}

function conflict(other: string): BadRequestError {
  return new BadRequestError(`Cannot specify ?${other} with ?consistent, conflicting semantics.`)
}

/** `name:value`, where the value may hold further colons or be missing. */
function parsePairs(texts: readonly string[]): Readonly<Record<string, string>> {
  if (texts.length === 0) return noPairs
  const pairs: Record<string, string> = Object.create(null)
  for (const text of texts) {
    const colon = text.indexOf(':')
    if (colon < 0) pairs[text] = ''
    else pairs[text.slice(0, colon)] = text.slice(colon + 1)
  }
  return pairs
}

const noPairs: Readonly<Record<string, string>> = Object.freeze({})
