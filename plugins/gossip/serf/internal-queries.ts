import { MalformedMsgpackError } from '../../../src/wire/errors.ts'
import { encodeConflictAnswer } from './conflicts.ts'
import { QueryAnswerRefusedError } from './errors.ts'
import { internalQuery } from './internal-names.ts'
import { answerKeyRequest, type KeyOperation } from './key-answers.ts'
import type { KeyringPort } from './keyring-port.ts'
import type { Queries } from './queries.ts'
import type { ReceivedQuery } from './received-query.ts'
import type { Shared } from './shared.ts'

const keyOperations: Readonly<Record<string, KeyOperation>> = {
  [internalQuery.list]: 'list',
  [internalQuery.install]: 'install',
  [internalQuery.use]: 'use',
  [internalQuery.remove]: 'remove',
}

/** Answers serf's own questions (protocol/gossip.md §9.7). */
export class InternalQueries {
  readonly #shared: Shared
  readonly #queries: Queries
  readonly #keyring: KeyringPort | undefined

  constructor(shared: Shared, queries: Queries, keyring: KeyringPort | undefined) {
    this.#shared = shared
    this.#queries = queries
    this.#keyring = keyring
  }

  answer(query: ReceivedQuery, now: number): void {
    const { outbox } = this.#shared
    const operation = keyOperations[query.name]
    if (query.name === internalQuery.ping) return // its ack is all that is asked for
    try {
      if (query.name === internalQuery.conflict) this.#answerConflict(query, now)
      else if (operation) this.#answerKeyRequest(query, operation, now)
      else outbox.log('warn', 'serf: Unhandled internal query', { query: query.name, from: query.from })
    } catch (error) {
      // Whoever asks says how much time there is: it may be over before the question arrives.
      if (!(error instanceof QueryAnswerRefusedError)) throw error
      outbox.log('warn', 'serf: an internal query cannot be answered', { query: query.name, from: query.from, error })
    }
  }

  /** Whose name is in doubt has no say. */
  #answerConflict(query: ReceivedQuery, now: number): void {
    const { name, roster } = this.#shared
    const asked = query.payload.toString('utf8')
    if (asked !== name) this.#queries.respond(query, encodeConflictAnswer(roster.get(asked)), now)
  }

  #answerKeyRequest(query: ReceivedQuery, operation: KeyOperation, now: number): void {
    const { outbox } = this.#shared
    try {
      const sizeMax = this.#queries.payloadSizeMax(query)
      const answer = answerKeyRequest(operation, query.payload, this.#keyring, sizeMax)
      this.#queries.respond(query, answer, now)
    } catch (error) {
      if (!(error instanceof MalformedMsgpackError)) throw error
      outbox.log('warn', 'serf: a keyring request cannot be read', { from: query.from, error })
    }
  }
}
