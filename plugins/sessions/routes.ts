import type { Random } from '../../src/kernel/random.ts'
import { sessionIdFlaw, sessionKey } from '../../src/rules/session-ids.ts'
import type { Question } from '../../src/store/live-query.ts'
import type { Store } from '../../src/store/store.ts'
import { NoLeaderError, NoPathToDatacenterError } from '../../src/wire/cluster-errors.ts'
import { list, message } from '../../src/wire/schema.ts'
import { Session, type SessionRequest } from '../../src/wire/structs/session.ts'
import type { ApiRequest, LiveReply, PlainReply, Reply, RouteDeclaration } from '../http-api/contract.ts'
import type { Consensus } from '../raft/contract.ts'
import { SessionNotFoundError, SessionRefusedError, SessionRequestError } from './errors.ts'
import { prepareSession } from './prepare.ts'
import { nodeSessionsQuestion, sessionQuestion, sessionsQuestion } from './queries.ts'
import { sessionOf } from './session-body.ts'
import { createRequest, destroyRequest } from './session-request.ts'
import { sessions } from './tables.ts'
import type { SessionTimers } from './timers.ts'

export interface SessionRoutesSetup {
  readonly store: Store
  readonly consensus: Consensus
  readonly random: Random
  /** This agent's own. */
  readonly datacenter: string
  readonly nodeName: string
  readonly ttlMinMs: number
  /** The timers of the leader; undefined on every other server. */
  readonly timers: () => SessionTimers | undefined
}

/** `/v1/session/…`: create, keep and end sessions, and see which there are. */
export function sessionRoutes(setup: SessionRoutesSetup): RouteDeclaration[] {
  const { store, consensus, random, datacenter, nodeName, ttlMinMs, timers } = setup

  async function create(request: ApiRequest): Promise<Reply> {
    const asked = sessionOf(await request.json(), nodeName)
    requireDatacenter(request, datacenter)
    const session = prepareSession(asked, store.latest, random, ttlMinMs)
    await commit(consensus, createRequest(datacenter, session))
    return json(JSON.stringify({ ID: session.ID }))
  }

  async function destroy(request: ApiRequest): Promise<Reply> {
    const id = required(request, 'id', 'session')
    requireDatacenter(request, datacenter)
    await commit(consensus, destroyRequest(datacenter, id, 'release'))
    return json('true')
  }

  /** Only the leader knows how much time is left. */
  function renew(request: ApiRequest): Reply {
    const id = required(request, 'id', 'session')
    requireDatacenter(request, datacenter)
    const running = timers()
    if (running === undefined) throw new NoLeaderError()
    requireGoodId(id)
    const session = store.latest.table(sessions).get(sessionKey(id))
    if (session === undefined) throw new SessionNotFoundError(id)
    running.restart(session)
    return json(SessionList.toJson([session]))
  }

  function info(request: ApiRequest): Reply {
    const id = required(request, 'id', 'session')
    try {
      requireGoodId(id)
    } catch (error) {
      return { kind: 'failedRead', error }
    }
    return live(sessionQuestion(id))
  }

  function live(question: Question<readonly Session[]>): LiveReply {
    return { kind: 'live', query: store.queries.ask(question) }
  }

  return [
    { methods: ['PUT'], path: '/v1/session/create', summary: 'Creates a session.', answer: create },
    { methods: ['PUT'], path: '/v1/session/destroy/:id', summary: 'Ends a session and its locks.', answer: destroy },
    { methods: ['PUT'], path: '/v1/session/renew/:id', summary: 'Gives a session its full TTL again.', answer: renew },
    read('/v1/session/info/:id', 'A session, as a list that is empty when it is not there.', info),
    read('/v1/session/node/:name', 'The sessions of a node.', (request) =>
      live(nodeSessionsQuestion(required(request, 'name', 'node name'))),
    ),
    read('/v1/session/list', 'Every session.', () => live(sessionsQuestion())),
  ]
}

const SessionList = message(list(Session))

function read(path: string, summary: string, answer: RouteDeclaration['answer']): RouteDeclaration {
  return { methods: ['GET'], path, summary, hot: true, answer }
}

/** Without the request's signal: a client that goes away does not take its write back, and waits only for its commit. */
async function commit(consensus: Consensus, command: SessionRequest): Promise<void> {
  try {
    await consensus.propose('Session', command)
  } catch (error) {
    if (!(error instanceof SessionRefusedError)) throw error
    throw new SessionRefusedError(`apply failed: ${error.message}`, { cause: error })
  }
}

/** The parameter at the end of the path; what it is goes into the refusal of an empty one. */
function required(request: ApiRequest, name: string, what: string): string {
  const value = request.params[name] ?? ''
  if (value === '') throw new SessionRequestError(`Missing ${what}`)
  return value
}

function requireGoodId(id: string): void {
  const flaw = sessionIdFlaw(id)
  if (flaw !== undefined) throw new SessionRefusedError(`failed session lookup: index error: ${flaw}`)
}

/** Reads of other datacenters are refused by the HTTP interface; writes go to this one or nowhere. */
function requireDatacenter(request: ApiRequest, own: string): void {
  const asked = request.query.get('dc') ?? ''
  if (asked !== '' && asked.toLowerCase() !== own) throw new NoPathToDatacenterError()
}

function json(body: string): PlainReply {
  return { kind: 'plain', status: 200, type: 'application/json', body, json: true }
}
