import { type Caller, decoded } from './caller.ts'
import type { Answered } from './operations.ts'
import type { Read, ReadOptions, WriteOptions } from './query.ts'

const fire = 'PUT /v1/event/fire/:name'

/** An event that was sent to agents of the cluster. The filters say which of them keep it. */
export type UserEvent = Answered<typeof fire>

export interface FireOptions extends WriteOptions {
  /** Regular expressions on the names of nodes and services and on tags. */
  readonly node?: string | undefined
  readonly service?: string | undefined
  readonly tag?: string | undefined
}

/** `/v1/event/…`: short messages to every agent. */
export class EventClient {
  readonly #caller: Caller

  constructor(caller: Caller) {
    this.#caller = caller
  }

  /** Resolves with the event as it was sent, its ID among it. */
  async fire(name: string, payload: Buffer | string = '', options: FireOptions = {}): Promise<UserEvent> {
    const { node, service, tag } = options
    const query = { node: node || undefined, service: service || undefined, tag: tag || undefined }
    return decoded(fire, await this.#caller.write(fire, { path: { name }, query, body: payload }, options))
  }

  /** The events that the agent remembers, oldest first. */
  async list(options: ReadOptions & { readonly name?: string } = {}): Promise<Read<readonly UserEvent[]>> {
    const query = { name: options.name || undefined }
    const { value, meta } = await this.#caller.read('GET /v1/event/list', { query }, options)
    return { value: value ?? [], meta }
  }
}
