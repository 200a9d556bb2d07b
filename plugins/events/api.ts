import type { ApiDescription, QueryParameter } from '../../src/openapi/operation.ts'
import { list } from '../../src/wire/schema.ts'
import { UserEvent } from './user-event.ts'

const expression = (what: string): QueryParameter => ({ type: 'text', help: `Only ${what} that fit this expression.` })
const filters = { node: expression('nodes'), service: expression('services'), tag: expression('tags') }

/** What `/v1/event` takes and gives. */
export const eventsApi: ApiDescription = {
  'PUT /v1/event/fire/:name': {
    path: { name: 'Name of the event.' },
    query: filters,
    shared: 'datacenter',
    body: { help: 'The payload: any bytes; with the name at most about 500.' },
    answers: { 200: { help: 'The event as it was sent.', json: UserEvent } },
  },
  'GET /v1/event/list': {
    query: {
      name: { type: 'text', help: 'Only events of this name.' },
      index: { type: 'integer', help: 'Wait until the list differs from the one with this index.' },
      wait: { type: 'duration', help: 'How long to wait.' },
    },
    answers: { 200: { help: 'Events.', json: list(UserEvent, { nil: '[]' }) } },
  },
}
