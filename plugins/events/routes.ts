import type { Random } from '../../src/kernel/random.ts'
import { routesOf } from '../../src/openapi/routes.ts'
import { list, message } from '../../src/wire/schema.ts'
import type { PlainReply, RouteDeclaration } from '../http-api/contract.ts'
import { eventsApi } from './api.ts'
import { EventUnnamedError } from './errors.ts'
import { knownVersion } from './event-record.ts'
import { requireGoodFilters } from './filters.ts'
import { indexOf, type RecentEvents } from './recent.ts'
import { UserEvent } from './user-event.ts'

export interface EventRoutesSetup {
  readonly recent: RecentEvents
  readonly random: Random
  /** Sends an event to every agent of a datacenter. */
  readonly fire: (event: UserEvent, datacenter: string, signal: AbortSignal) => Promise<void>
}

/** `/v1/event/…`: says something to every agent, and shows what was said lately. */
export function eventRoutes({ recent, random, fire }: EventRoutesSetup): RouteDeclaration[] {
  return routesOf(eventsApi, {
    async 'PUT /v1/event/fire/:name'(request) {
      const Name = request.params.name
      if (Name === '') throw new EventUnnamedError()
      const Payload = await request.body()
      const event: UserEvent = {
        ID: random.uuid(),
        Name,
        Payload: Payload.length === 0 ? null : Payload,
        NodeFilter: request.parameter('node') ?? '',
        ServiceFilter: request.parameter('service') ?? '',
        TagFilter: request.parameter('tag') ?? '',
        Version: knownVersion,
        LTime: 0,
      }
      requireGoodFilters(event)
      await fire(event, request.datacenter, request.signal)
      return json(UserEvent.toJson(event))
    },

    /** Not a live query: events are this agent's own, and their indexes in no order. */
    async 'GET /v1/event/list'(request) {
      const { index, waitMs } = request.options
      const name = request.parameter('name') || undefined
      // The number alone would be rounded.
      if (index > 0) await recent.changed(name, BigInt(request.parameter('index') ?? 0), waitMs, request.signal)
      const events = recent.list(name)
      return json(UserEvents.toJson(events), { 'X-Consul-Index': String(indexOf(events)) })
    },
  })
}

const UserEvents = message(list(UserEvent))

function json(body: string, headers: Readonly<Record<string, string>> = {}): PlainReply {
  return { kind: 'plain', status: 200, type: 'application/json', body, json: true, headers }
}
