import { MalformedMsgpackError } from '../../../src/wire/errors.ts'
import type { Infer } from '../../../src/wire/schema.ts'
import type { AskedQueries } from './asked-queries.ts'
import { internalQuery } from './internal-names.ts'
import { encodeKeyRequest, type KeyOperation } from './key-answers.ts'
import { KeyResponseRecord, serfType } from './records.ts'
import { decodeRecord } from './wire.ts'

export interface KeyRequest {
  readonly operation: KeyOperation
  /** The raw key; `list` has none. */
  readonly key?: Buffer | undefined
  readonly relayFactor?: number | undefined
}

/** What all members answered to a keyring request. */
export interface KeyringOutcome {
  /** What members had to say, by name: why they failed, or that their list is cut. */
  readonly messages: Readonly<Record<string, string>>
  /** How many members hold each key (base64). */
  readonly keys: Readonly<Record<string, number>>
  /** How many members seal with each key (base64). */
  readonly primaryKeys: Readonly<Record<string, number>>
  /** Members that were asked, that answered, and that failed. */
  readonly memberCount: number
  readonly answerCount: number
  readonly errorCount: number
  /** Serf's sentence; '' when every member succeeded. */
  readonly error: string
}

/**
 * Has every member change or list its keys; `done` is told once all have answered or the time is over. Throws
 * QueryRefusedError.
 */
export function requestKeys(
  asked: AskedQueries,
  { operation, key, relayFactor }: KeyRequest,
  memberCount: number,
  done: (outcome: KeyringOutcome) => void,
  now: number,
): void {
  const tally = new KeyringTally(memberCount)
  const listener = {
    answer: (from: string, payload: Buffer) => tally.add(from, payload),
    done: () => done(tally.outcome()),
  }
  asked.ask(internalQuery[operation], encodeKeyRequest(key), { relayFactor }, listener, now)
}

/** Adds up the members' answers (protocol/gossip.md §9.7). */
export class KeyringTally {
  readonly #memberCount: number
  readonly #messages: [string, string][] = []
  readonly #keys = new Map<string, number>()
  readonly #primaryKeys = new Map<string, number>()
  #answerCount = 0
  #errorCount = 0

  constructor(memberCount: number) {
    this.#memberCount = memberCount
  }

  add(from: string, payload: Buffer): void {
    this.#answerCount++
    try {
      const response = decodeRecord(serfType.keyResponse, KeyResponseRecord, payload)
      if (response) this.#addResponse(from, response)
      else this.#failed(from, 'Invalid key query response type')
    } catch (error) {
      if (!(error instanceof MalformedMsgpackError)) throw error
      this.#failed(from, 'Failed to decode key query response')
    }
  }

  #addResponse(from: string, { Result, Message, Keys, PrimaryKey }: Infer<typeof KeyResponseRecord>): void {
    if (!Result) this.#failed(from, Message)
    else if (Message !== '') this.#messages.push([from, Message])
    for (const key of Keys ?? []) count(this.#keys, key)
    if (PrimaryKey !== '') count(this.#primaryKeys, PrimaryKey)
  }

  outcome(): KeyringOutcome {
    return {
      messages: textMap(this.#messages),
      keys: textMap(this.#keys),
      primaryKeys: textMap(this.#primaryKeys),
      memberCount: this.#memberCount,
      answerCount: this.#answerCount,
      errorCount: this.#errorCount,
      error: this.#error(),
    }
  }

  #error(): string {
    if (this.#errorCount > 0) return `${this.#errorCount}/${this.#memberCount} nodes reported failure`
    if (this.#answerCount === this.#memberCount) return ''
    return `${this.#answerCount}/${this.#memberCount} nodes reported success`
  }

  #failed(from: string, message: string): void {
    this.#errorCount++
    this.#messages.push([from, message])
  }
}

function count(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1)
}

/** Without a prototype: names and keys come from outside. */
function textMap<T>(entries: Iterable<[string, T]>): Readonly<Record<string, T>> {
  const result: Record<string, T> = Object.create(null)
  for (const [key, value] of entries) result[key] = value
  return result
}
