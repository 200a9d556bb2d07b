import { type Caller, decoded, requireSuccess } from './caller.ts'
import type { Read, ReadOptions, WriteOptions } from './query.ts'
import type { Session, SessionDefinition } from './types.ts'

/** `/v1/session/…`: what locks are held by. */
export class SessionClient {
  readonly #caller: Caller

  constructor(caller: Caller) {
    this.#caller = caller
  }

  /** Resolves with the id. */
  async create(session: SessionDefinition = {}, options: WriteOptions = {}): Promise<string> {
    const name = 'PUT /v1/session/create'
    return decoded(name, await this.#caller.write(name, { body: JSON.stringify(session) }, options)).ID
  }

  /** Ends the session, and with it its locks. */
  async destroy(id: string, options: WriteOptions = {}): Promise<void> {
    await this.#caller.write('PUT /v1/session/destroy/:id', { path: { id } }, options)
  }

  /** Gives the session its whole TTL again; undefined when it is gone. */
  async renew(id: string, options: WriteOptions = {}): Promise<Session | undefined> {
    const name = 'PUT /v1/session/renew/:id'
    const answer = await this.#caller.attempt(name, { path: { id } }, options)
    if (answer.status === 404) return undefined
    requireSuccess(answer)
    return decoded(name, answer)?.[0]
  }

  async info(id: string, options: ReadOptions = {}): Promise<Read<Session | undefined>> {
    const { value, meta } = await this.#caller.read('GET /v1/session/info/:id', { path: { id } }, options)
    return { value: value?.[0], meta }
  }

  async list(options: ReadOptions = {}): Promise<Read<readonly Session[]>> {
    const { value, meta } = await this.#caller.read('GET /v1/session/list', {}, options)
    return { value: value ?? [], meta }
  }

  async node(name: string, options: ReadOptions = {}): Promise<Read<readonly Session[]>> {
    const { value, meta } = await this.#caller.read('GET /v1/session/node/:name', { path: { name } }, options)
    return { value: value ?? [], meta }
  }
}
