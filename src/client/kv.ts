import { type Caller, decoded, requireSuccess, segment } from './caller.ts'
import { type Read, type ReadOptions, readMeta, type WriteOptions } from './query.ts'
import type { Query } from './transport.ts'
import { KvEntries, type KvEntry, Texts } from './types.ts'

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
    const { value, meta } = await this.#entries(key, options, {})
    return { value: value[0], meta }
  }

  /** Everything below a prefix, sorted by key; an empty list when there is nothing. */
  list(prefix: string, options: ReadOptions = {}): Promise<Read<readonly KvEntry[]>> {
    return this.#entries(prefix, options, { recurse: '' })
  }

  /** Names below a prefix; with a separator only as far as its first occurrence behind the prefix. */
  async keys(
    prefix: string,
    options: ReadOptions & { readonly separator?: string } = {},
  ): Promise<Read<readonly string[]>> {
    const path = keyPath(prefix)
    const answer = await this.#caller.get(path, options, { keys: '', separator: options.separator || undefined })
    if (answer.status === 404) return { value: [], meta: readMeta(answer) }
    requireSuccess(answer)
    return { value: decoded(Texts, answer, path) ?? [], meta: readMeta(answer) }
  }

  /** False when `cas`, `acquire` or `release` did not apply. */
  put(key: string, value: Buffer | string, options: PutOptions = {}): Promise<boolean> {
    const { flags, cas, acquire, release } = options
    const query = {
      flags: flags === undefined ? undefined : String(flags),
      cas: cas === undefined ? undefined : String(cas),
      acquire,
      release,
    }
    return this.#truth('PUT', keyPath(key), options, query, value)
  }

  /** False when `cas` did not apply; a key that is not there counts as deleted. */
  delete(key: string, options: DeleteOptions = {}): Promise<boolean> {
    const query = {
      recurse: options.recurse ? '' : undefined,
      cas: options.cas === undefined ? undefined : String(options.cas),
    }
    return this.#truth('DELETE', keyPath(key), options, query)
  }

  async #entries(key: string, options: ReadOptions, query: Query): Promise<Read<readonly KvEntry[]>> {
    const path = keyPath(key)
    const answer = await this.#caller.get(path, options, query)
    if (answer.status === 404) return { value: [], meta: readMeta(answer) }
    requireSuccess(answer)
    return { value: decoded(KvEntries, answer, path) ?? [], meta: readMeta(answer) }
  }

  async #truth(
    method: 'PUT' | 'DELETE',
    path: string,
    options: WriteOptions,
    query: Query,
    body?: Buffer | string,
  ): Promise<boolean> {
    const answer = await this.#caller.write(method, path, options, { query, body })
    return answer.body.toString().trim() === 'true'
  }
}

/** Slashes stay, so that the path shows the key's structure; a slash at the start is not part of a key. */
function keyPath(key: string): string {
  return `/v1/kv/${key.replace(/^\//, '').split('/').map(segment).join('/')}`
}
