import { type Caller, decoded, requireSuccess } from './caller.ts'
import { type Read, type ReadOptions, readMeta, type WriteOptions } from './query.ts'
import type { KvEntry } from './types.ts'

const read = 'GET /v1/kv/*key'
const write = 'PUT /v1/kv/*key'
const remove = 'DELETE /v1/kv/*key'

/** How a key is written. Of `cas`, `acquire` and `release` at most one. */
export interface PutOptions extends WriteOptions {
  /** Any 64-bit number for the writer's own use. */
  readonly flags?: number | bigint | undefined
  /** Only when the key still has this ModifyIndex; 0 only when there is no such key. */
  readonly cas?: number | undefined
  /** Takes the lock of the key for this session. */
  readonly acquire?: string | undefined
  /** Gives back the lock that this session holds. */
  readonly release?: string | undefined
}

export interface DeleteOptions extends WriteOptions {
  /** Everything below the prefix. */
  readonly recurse?: boolean | undefined
  /** Only when the key still has this ModifyIndex. */
  readonly cas?: number | undefined
}

/** `/v1/kv/…`: keys and values. */
export class KvClient {
  readonly #caller: Caller

  constructor(caller: Caller) {
    this.#caller = caller
  }

  /** Undefined when there is no such key; its index is good for waiting all the same. */
  async get(key: string, options: ReadOptions = {}): Promise<Read<KvEntry | undefined>> {
    const { value, meta } = await this.#entries(key, options)
    return { value: value[0], meta }
  }

  /** Everything below a prefix, sorted by key; an empty list when there is nothing. */
  list(prefix: string, options: ReadOptions = {}): Promise<Read<readonly KvEntry[]>> {
    return this.#entries(prefix, options, true)
  }

  /** Names below a prefix; with a separator only as far as its first occurrence behind the prefix. */
  async keys(
    prefix: string,
    options: ReadOptions & { readonly separator?: string } = {},
  ): Promise<Read<readonly string[]>> {
    const query = { keys: true, separator: options.separator || undefined }
    const answer = await this.#caller.get(read, { path: { key: prefix }, query }, options)
    if (answer.status === 404) return { value: [], meta: readMeta(answer) }
    requireSuccess(answer)
    return { value: decoded(read, answer, 1) ?? [], meta: readMeta(answer) }
  }

  /** False when `cas`, `acquire` or `release` did not apply. */
  async put(key: string, value: Buffer | string, options: PutOptions = {}): Promise<boolean> {
    const { flags, cas, acquire, release } = options
    const sent = { path: { key }, query: { flags, cas, acquire, release }, body: value }
    return decoded(write, await this.#caller.write(write, sent, options))
  }

  /** False when `cas` did not apply; a key that is not there counts as deleted. */
  async delete(key: string, options: DeleteOptions = {}): Promise<boolean> {
    const { recurse, cas } = options
    return decoded(remove, await this.#caller.write(remove, { path: { key }, query: { recurse, cas } }, options))
  }

  async #entries(key: string, options: ReadOptions, recurse?: boolean): Promise<Read<readonly KvEntry[]>> {
    const answer = await this.#caller.get(read, { path: { key }, query: { recurse } }, options)
    if (answer.status === 404) return { value: [], meta: readMeta(answer) }
    requireSuccess(answer)
    return { value: decoded(read, answer) ?? [], meta: readMeta(answer) }
  }
}
