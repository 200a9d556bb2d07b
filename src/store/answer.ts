import { ownBytes } from '../kernel/own-bytes.ts'
import { weightOf } from './weight.ts'

/** What an answer needs from its live query. */
export interface AnswerOwner<T> {
  encode(value: T): Buffer
  /** The answer's `sizeBytes` rose. */
  grew(answer: Answer<T>): void
}

/** Of an answer with its first form, beside what they hold. */
const formsBytes = 250

/**
 * What a live query found, and every encoding of it that somebody asked for. Its bytes never change. Its index may
 * rise while the answer stays the same, as long as it is the current one.
 */
export class Answer<T> {
  /** Memory of its encodings. What the value weighs is known to the live query, as part of it may be the store's. */
  sizeBytes = 0
  readonly #owner: AnswerOwner<T>
  #value: T
  #index: number
  #bytes: Buffer | undefined
  #forms: Map<string, unknown> | undefined

  constructor(owner: AnswerOwner<T>, value: T, index: number) {
    this.#owner = owner
    this.#value = value
    this.#index = index
  }

  get value(): T {
    return this.#value
  }

  /** X-Consul-Index: a reader that has seen it is told of the next change by waiting with it. */
  get index(): number {
    return this.#index
  }

  /** The primary encoding; made when it is first asked for. */
  get bytes(): Buffer {
    if (this.#bytes === undefined) {
      this.#bytes = ownBytes(this.#owner.encode(this.#value))
      this.grew(weightOf(this.#bytes))
    }
    return this.#bytes
  }

  /** Whether `bytes` is there already. */
  get isEncoded(): boolean {
    return this.#bytes !== undefined
  }

  /**
   * Another encoding of the same value (a DNS packet, indented JSON, a filtered list), made once per answer and `name`.
   * It must follow from what the primary bytes show: an answer whose bytes did not change keeps its forms. One that
   * grows after it was made tells so by `grew`.
   */
  form<Form>(name: string, encode: (value: T) => Form): Form {
    const held = this.#forms?.get(name)
    if (held !== undefined) return held as Form
    const form = encode(this.#value)
    const first = this.#forms === undefined
    this.#forms ??= new Map()
    this.#forms.set(name, form)
    this.grew((first ? formsBytes : 0) + weightOf(name) + weightOf(form))
    return form
  }

  /** Called by the live query: the same bytes as of a later state. */
  renew(value: T, index: number): void {
    this.#value = value
    this.#index = index
  }

  /** One of its forms weighs so many bytes more, or less, than before. */
  grew(sizeBytes: number): void {
    this.sizeBytes += sizeBytes
    this.#owner.grew(this)
  }
}
