/** What an answer needs from its live query. */
export interface AnswerOwner<T> {
  encode(value: T): Buffer
  /** The answer's `sizeBytes` rose. */
  grew(answer: Answer<T>): void
}

/**
 * What a live query found, and every encoding of it that somebody asked for. Its bytes never change. Its index may
 * rise while the answer stays the same, as long as it is the current one.
 */
export class Answer<T> {
  /** Memory of its encodings. */
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
      this.#bytes = withoutPool(this.#owner.encode(this.#value))
      this.#grow(this.#bytes.byteLength)
    }
    return this.#bytes
  }

  /** Whether `bytes` is there already. */
  get isEncoded(): boolean {
    return this.#bytes !== undefined
  }

  /**
   * Another encoding of the same value (a DNS packet, indented JSON, a filtered list), made once per answer and `name`.
   * It must follow from what the primary bytes show: an answer whose bytes did not change keeps its forms.
   */
  form<Form>(name: string, encode: (value: T) => Form): Form {
    const held = this.#forms?.get(name)
    if (held !== undefined) return held as Form
    const form = encode(this.#value)
    this.#forms ??= new Map()
    this.#forms.set(name, form)
    this.#grow(64 + name.length + sizeOf(form))
    return form
  }

  /** Called by the live query: the same bytes as of a later state. */
  renew(value: T, index: number): void {
    this.#value = value
    this.#index = index
  }

  #grow(sizeBytes: number): void {
    this.sizeBytes += sizeBytes
    this.#owner.grew(this)
  }
}

/**
 * Small buffers are cut from a pool that they keep alive as long as they are: thousands of kept answers of 200 bytes
 * would weigh several KiB each. One with memory of its own weighs what it says.
 */
function withoutPool(bytes: Buffer): Buffer {
  if (bytes.byteLength === bytes.buffer.byteLength) return bytes
  const own = Buffer.allocUnsafeSlow(bytes.byteLength)
  bytes.copy(own)
  return own
}

/** Memory in bytes, as far as it can be told cheaply. */
function sizeOf(form: unknown): number {
  if (form instanceof Uint8Array) return form.byteLength
  if (typeof form === 'string') return 2 * form.length
  if (Array.isArray(form)) return form.reduce((sum: number, part) => sum + sizeOf(part), 16)
  return 64
}
