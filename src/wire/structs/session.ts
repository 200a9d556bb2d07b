import { duration, type Infer, list, struct, text } from '../schema.ts'
import { queryMeta, queryOptions, raftIndex, writeRequest } from './query.ts'

/** A check of a service that a session depends on. */
export const ServiceCheck = struct('ServiceCheck', { ID: text(), Namespace: text() })
export type ServiceCheck = Infer<typeof ServiceCheck>

/** A session: holds locks until it is destroyed, lapses, or loses one of its checks. `Checks` is the old form. */
export const Session = struct('Session', {
  ID: text(),
  Name: text(),
  Node: text(),
  LockDelay: duration(),
  Behavior: text(),
  TTL: text(),
  NodeChecks: list(text()),
  ServiceChecks: list(ServiceCheck),
  Checks: list(text(), { omitEmpty: true }),
  ...raftIndex,
})
export type Session = Infer<typeof Session>

export const SessionRequest = struct('SessionRequest', {
  Datacenter: text(),
  Op: text(),
  Session: Session,
  ...writeRequest,
})
export type SessionRequest = Infer<typeof SessionRequest>

/** `Session` is the old name of `SessionID`; callers send either. */
export const SessionSpecificRequest = struct('SessionSpecificRequest', {
  Datacenter: text(),
  SessionID: text(),
  Session: text(),
  ...queryOptions,
})
export type SessionSpecificRequest = Infer<typeof SessionSpecificRequest>

export const IndexedSessions = struct('IndexedSessions', { Sessions: list(Session), ...queryMeta })
export type IndexedSessions = Infer<typeof IndexedSessions>
