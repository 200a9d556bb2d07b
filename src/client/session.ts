import { type Infer, struct, text } from '../wire/schema.ts'
import { type Caller, decoded, requireSuccess, segment } from './caller.ts'
import type { Read, ReadOptions, WriteOptions } from './query.ts'
import { type Session, type SessionDefinition, Sessions } from './types.ts'

const Created = struct('Created', { ID: text() })
type Created = Infer<typeof Created>

/** `/v1/session/…`: what locks are held by. */
export class SessionClient {
  readonly #caller: Caller

  constructor(caller: Caller) {
    this.#caller = caller
  }

  /** Resolves with the id. */
  async create(session: SessionDefinition = {}, options: WriteOptions = {}): Promise<string> {
    const path = '/v1/session/create'
    const answer = await this.#caller.write('PUT', path, options, { body: JSON.stringify(session) })
    return decoded<Created>(Created, answer, path).ID
  }

  /** Ends the session, and with it its locks. */
  async destroy(id: string, options: WriteOptions = {}): Promise<void> {
    await this.#caller.write('PUT', `/v1/session/destroy/${segment(id)}`, options)
  }

  /** Gives the session its whole TTL again; undefined when it is gone. */
  async renew(id: string, options: WriteOptions = {}): Promise<Session | undefined> {
    const path = `/v1/session/renew/${segment(id)}`
    const answer = await this.#caller.attempt('PUT', path, options)
    if (answer.status === 404) return undefined
    requireSuccess(answer)
    return decoded(Sessions, answer, path)?.[0]
  }

  async info(id: string, options: ReadOptions = {}): Promise<Read<Session | undefined>> {
    const { value, meta } = await this.#caller.read(Sessions, `/v1/session/info/${segment(id)}`, options)
    return { value: value?.[0], meta }
  }

  async list(options: ReadOptions = {}): Promise<Read<readonly Session[]>> {
    const { value, meta } = await this.#caller.read(Sessions, '/v1/session/list', options)
    return { value: value ?? [], meta }
  }

  async node(name: string, options: ReadOptions = {}): Promise<Read<readonly Session[]>> {
    const { value, meta } = await this.#caller.read(Sessions, `/v1/session/node/${segment(name)}`, options)
    return { value: value ?? [], meta }
  }
}
