import type { ApiDescription } from '../../src/openapi/operation.ts'
import { bool, list, struct, text } from '../../src/wire/schema.ts'
import { Session } from '../../src/wire/structs/session.ts'

const path = { id: 'Id of the session.' }
const sessions = list(Session)

/** What `/v1/session` takes and gives. */
export const sessionsApi: ApiDescription = {
  'PUT /v1/session/create': {
    shared: 'datacenter',
    body: { help: 'The session; everything in it has a default.', json: Session },
    answers: { 200: { help: 'The id of the new session.', json: struct('SessionCreated', { ID: text() }) } },
  },
  'PUT /v1/session/destroy/:id': {
    path,
    shared: 'datacenter',
    answers: { 200: { help: 'It is gone, or was not there.', json: bool() } },
  },
  'PUT /v1/session/renew/:id': {
    path,
    shared: 'datacenter',
    answers: { 200: { help: 'The session.', json: sessions }, 404: { help: 'There is no such session.' } },
  },
  'GET /v1/session/info/:id': {
    path,
    shared: 'blocking',
    answers: { 200: { help: 'The session, or none.', json: sessions } },
  },
  'GET /v1/session/node/:name': {
    path: { name: 'Name of the node.' },
    shared: 'blocking',
    answers: { 200: { help: 'Its sessions.', json: sessions } },
  },
  'GET /v1/session/list': { shared: 'blocking', answers: { 200: { help: 'Every session.', json: sessions } } },
}
