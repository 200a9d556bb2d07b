import type { Random } from '../../src/kernel/random.ts'
import { method, readMethod } from '../../src/rpc/method.ts'
import { sessionIdFlaw, sessionKey } from '../../src/rules/session-ids.ts'
import type { Store } from '../../src/store/store.ts'
import { NoLeaderError } from '../../src/wire/cluster-errors.ts'
import { message, text } from '../../src/wire/schema.ts'
import { NodeSpecificRequest, QueryMeta } from '../../src/wire/structs/query.ts'
import {
  IndexedSessions,
  type Session,
  SessionRequest,
  SessionSpecificRequest,
} from '../../src/wire/structs/session.ts'
import type { Consensus } from '../raft/contract.ts'
import type { MethodTable } from '../rpc/contract.ts'
import { SessionInvalidError, SessionRefusedError } from './errors.ts'
import { prepareSession } from './prepare.ts'
import { nodeSessionsQuestion, sessionQuestion, sessionsQuestion } from './queries.ts'
import { createRequest, destroyRequest } from './session-request.ts'
import { sessions } from './tables.ts'
import type { SessionTimers } from './timers.ts'

const lists = {
  toReply: (rows: readonly Session[]) => ({ Sessions: rows.length === 0 ? null : rows }),
  fromReply: ({ Sessions }: IndexedSessions) => Sessions ?? [],
}

/** One session by its id. */
export const sessionGet = readMethod({
  name: 'Session.Get',
  request: SessionSpecificRequest,
  reply: IndexedSessions,
  toRequest: (id: string) => ({ SessionID: id, Session: id }),
  fromRequest: (request) => goodId(idOf(request)),
  question: sessionQuestion,
  ...lists,
})

/** Every session. */
export const sessionList = readMethod({
  name: 'Session.List',
  request: SessionSpecificRequest,
  reply: IndexedSessions,
  toRequest: () => ({}),
  fromRequest: () => undefined,
  question: sessionsQuestion,
  ...lists,
})

/** The sessions of a node. */
export const nodeSessions = readMethod({
  name: 'Session.NodeSessions',
  request: NodeSpecificRequest,
  reply: IndexedSessions,
  toRequest: (Node: string) => ({ Node }),
  fromRequest: ({ Node }) => Node,
  question: nodeSessionsQuestion,
  ...lists,
})

/** Creates a session and gives its id, or ends one and gives an empty text. */
export const sessionApply = method({ name: 'Session.Apply', request: SessionRequest, reply: message(text()) })

/** Gives a session its full time again; without a session when there is none. */
export const sessionRenew = method({
  name: 'Session.Renew',
  request: SessionSpecificRequest,
  reply: IndexedSessions,
})

export interface SessionMethodsSetup {
  readonly store: Store
  readonly consensus: Consensus
  readonly random: Random
  readonly ttlMinMs: number
  /** The timers of the leader; undefined on every other server. */
  readonly timers: () => SessionTimers | undefined
}

/** What the server port knows of sessions. */
export function addSessionMethods(methods: MethodTable, setup: SessionMethodsSetup): void {
  const { store, consensus, random, ttlMinMs, timers } = setup

  methods.reads(sessionGet, sessionList, nodeSessions)

  methods.add(sessionApply, 'leader', async ({ Datacenter, Op, Session }) => {
    if (Op === 'destroy') {
      if (Session.ID === '') throw new SessionInvalidError('Must provide ID')
      await commit(consensus, destroyRequest(Datacenter, Session.ID, 'release'))
      return ''
    }
    const prepared = prepareSession(Session, store.latest, random, ttlMinMs)
    await commit(consensus, { ...createRequest(Datacenter, prepared), Op })
    return prepared.ID
  })

  methods.add(sessionRenew, 'leader', (request) => {
    const running = timers()
    // Only the leader knows how much time is left.
    if (running === undefined) throw new NoLeaderError()
    const session = store.latest.table(sessions).get(sessionKey(goodId(idOf(request))))
    if (session !== undefined) running.restart(session)
    return {
      ...QueryMeta.zero(),
      Sessions: session === undefined ? null : [session],
      Index: Math.max(1, store.latest.tableIndex('sessions')),
    }
  })
}

/** The id, unless it cannot be one. @throws SessionRefusedError */
export function goodId(id: string): string {
  const flaw = sessionIdFlaw(id)
  if (flaw !== undefined) throw new SessionRefusedError(`failed session lookup: index error: ${flaw}`)
  return id
}

/** Callers use either name. */
function idOf({ SessionID, Session }: SessionSpecificRequest): string {
  return SessionID === '' ? Session : SessionID
}

/** Without the caller's signal: one that goes away does not take its write back. */
async function commit(consensus: Consensus, command: SessionRequest): Promise<void> {
  try {
    await consensus.propose('Session', command)
  } catch (error) {
    if (!(error instanceof SessionRefusedError)) throw error
    throw new SessionRefusedError(`apply failed: ${error.message}`, { cause: error })
  }
}
