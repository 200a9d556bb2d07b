import { Session, type SessionRequest } from '../../src/wire/structs/session.ts'

/** The command that ends a session. Consul's own says `release` for one that a client ends, nothing for one that lapsed. */
export function destroyRequest(datacenter: string, id: string, behavior: 'release' | ''): SessionRequest {
  const session = { ...Session.zero(), ID: id, Behavior: behavior }
  return { Datacenter: datacenter, Op: 'destroy', Session: session, Token: '' }
}

/** The command that creates a session, prepared as `prepareSession` does. */
export function createRequest(datacenter: string, session: Session): SessionRequest {
  return { Datacenter: datacenter, Op: 'create', Session: session, Token: '' }
}
