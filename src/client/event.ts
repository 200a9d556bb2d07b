import { bytes, type Infer, index, int, list, message, struct, text } from '../wire/schema.ts'
import { type Caller, decoded, segment } from './caller.ts'
import type { Read, ReadOptions, WriteOptions } from './query.ts'

/** An event that was sent to agents of the cluster. The filters say which of them keep it. */
export const UserEvent = struct('UserEvent', {
  ID: text(),
  Name: text(),
  Payload: bytes(),
  NodeFilter: text(),
  ServiceFilter: text(),
  TagFilter: text(),
  Version: int(),
  LTime: index(),
})
export type UserEvent = Infer<typeof UserEvent>
const UserEvents = message(list(UserEvent))

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
    const path = `/v1/event/fire/${segment(name)}`
    const query = {
      node: options.node || undefined,
      service: options.service || undefined,
      tag: options.tag || undefined,
    }
    const answer = await this.#caller.write('PUT', path, options, { query, body: payload })
    return decoded<UserEvent>(UserEvent, answer, path)
  }

  /** The events that the agent remembers, oldest first. */
  async list(options: ReadOptions & { readonly name?: string } = {}): Promise<Read<readonly UserEvent[]>> {
    const query = { name: options.name || undefined }
    const { value, meta } = await this.#caller.read(UserEvents, '/v1/event/list', options, query)
    return { value: value ?? [], meta }
  }
}
