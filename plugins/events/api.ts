import type { ApiDescription } from '../../src/openapi/operation.ts'
import { list } from '../../src/wire/schema.ts'
import { UserEvent } from './user-event.ts'

const expression = (what: string) => ({ type: 'text', help: `Only ${what} that fit this expression.` }) as const
const filters = { node: expression('nodes'), service: expression('services'), tag: expression('tags') }

/** What `/v1/event` takes and gives. */
export const eventsApi = {
  'PUT /v1/event/fire/:name': {
    summary: 'Sends an event, with the body as its payload, to every agent.',
    path: { name: 'Name of the event.' },
    query: filters,
    shared: 'datacenter',
    body: { help: 'The payload: any bytes; with the name at most about 500.' },
    answers: { 200: { help: 'The event as it was sent.', json: UserEvent } },
  },
  'GET /v1/event/list': {
    summary: 'The last events that were for this agent, oldest first.',
    query: {
      name: { type: 'text', help: 'Only events of this name.' },
      index: { type: 'uint64', help: 'Wait until the list differs from the one with this index.' },
      wait: { type: 'duration', help: 'How long to wait.' },
    },
    answers: { 200: { help: 'Events.', json: list(UserEvent, { nil: '[]' }) } },
  },
} satisfies ApiDescription
