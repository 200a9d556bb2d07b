import type { Random } from '../../src/kernel/random.ts'
import { list, message } from '../../src/wire/schema.ts'
import type { ApiRequest, PlainReply, Reply, RouteDeclaration } from '../http-api/contract.ts'
import { EventUnnamedError } from './errors.ts'
import { knownVersion } from './event-record.ts'
import { requireGoodFilters } from './filters.ts'
import { indexOf, type RecentEvents } from './recent.ts'
import { UserEvent } from './user-event.ts'

export interface EventRoutesSetup {
  readonly recent: RecentEvents
  readonly random: Random
  /** Sends an event to every agent of the datacenter asked for, this agent's own when that is ''. */
  readonly fire: (event: UserEvent, datacenter: string, signal: AbortSignal) => Promise<void>
}

/** `/v1/event/…`: says something to every agent, and shows what was said lately. */
export function eventRoutes({ recent, random, fire }: EventRoutesSetup): RouteDeclaration[] {
  async function fireOne(request: ApiRequest): Promise<Reply> {
    const { params, query, signal } = request
    const Name = params.name ?? ''
    if (Name === '') throw new EventUnnamedError()
    const Payload = await request.body()
    const event: UserEvent = {
      ID: random.uuid(),
      Name,
      Payload: Payload.length === 0 ? null : Payload,
      NodeFilter: query.get('node') ?? '',
      ServiceFilter: query.get('service') ?? '',
      TagFilter: query.get('tag') ?? '',
      Version: knownVersion,
      LTime: 0,
    }
    requireGoodFilters(event)
    await fire(event, query.get('dc') ?? '', signal)
    return json(UserEvent.toJson(event))
  }

  /** Not a live query: events are this agent's own, and their indexes in no order. */
  async function listRecent({ query, options, signal }: ApiRequest): Promise<Reply> {
    const { index, waitMs } = options
    const name = query.get('name') || undefined
    // The number alone would be rounded.
    if (index > 0) await recent.changed(name, BigInt(query.get('index')!), waitMs, signal)
    const events = recent.list(name)
    return json(UserEvents.toJson(events), { 'X-Consul-Index': String(indexOf(events)) })
  }

  return [
    {
      methods: ['PUT'],
      path: '/v1/event/fire/:name',
      summary: 'Sends an event, with the body as its payload, to every agent.',
      answer: fireOne,
    },
    {
      methods: ['GET'],
      path: '/v1/event/list',
      summary: 'The last events that were for this agent, oldest first.',
      answer: listRecent,
    },
  ]
}

const UserEvents = message(list(UserEvent))

function json(body: string, headers: Readonly<Record<string, string>> = {}): PlainReply {
  return { kind: 'plain', status: 200, type: 'application/json', body, json: true, headers }
}
