import type { ApiDescription } from '../../src/openapi/operation.ts'
import { bool, list, struct, text } from '../../src/wire/schema.ts'
import { Session } from '../../src/wire/structs/session.ts'
import { SessionBody } from './session-body.ts'

const path = { id: 'Id of the session.' }
const sessions = list(Session)

/** What `/v1/session` takes and gives. */
export const sessionsApi = {
  'PUT /v1/session/create': {
    summary: 'Creates a session.',
    shared: 'datacenter',
    body: { help: 'The session; everything in it has a default.', json: SessionBody },
    answers: { 200: { help: 'The id of the new session.', json: struct('SessionCreated', { ID: text() }) } },
  },
  'PUT /v1/session/destroy/:id': {
    summary: 'Ends a session and its locks.',
    path,
    shared: 'datacenter',
    answers: { 200: { help: 'It is gone, or was not there.', json: bool() } },
  },
  'PUT /v1/session/renew/:id': {
    summary: 'Gives a session its full TTL again.',
    path,
    shared: 'datacenter',
    answers: { 200: { help: 'The session.', json: sessions }, 404: { help: 'There is no such session.' } },
  },
  'GET /v1/session/info/:id': {
    summary: 'A session, as a list that is empty when it is not there.',
    hot: true,
    path,
    shared: 'blocking',
    answers: { 200: { help: 'The session, or none.', json: sessions } },
  },
  'GET /v1/session/node/:name': {
    summary: 'The sessions of a node.',
    hot: true,
    path: { name: 'Name of the node.' },
    shared: 'blocking',
    answers: { 200: { help: 'Its sessions.', json: sessions } },
  },
  'GET /v1/session/list': {
    summary: 'Every session.',
    hot: true,
    shared: 'blocking',
    answers: { 200: { help: 'Every session.', json: sessions } },
  },
} satisfies ApiDescription
