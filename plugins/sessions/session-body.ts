import { duration, type Infer, list, optional, struct, text } from '../../src/wire/schema.ts'
import { raftIndex } from '../../src/wire/structs/query.ts'
import { ServiceCheck, Session } from '../../src/wire/structs/session.ts'

/** Without a word about checks, a session ends when gossip loses its node. */
const defaultChecks = { ...list(text()), zero: (): string[] | null => ['serfHealth'] }
const defaultLockDelayNs = 15e9
/** Numbers below this are meant as seconds: nobody waits for so few nanoseconds. */
const leastNanoseconds = 1000

/**
 * What `/v1/session/create` reads. The id and the indexes count for nothing, since the leader makes them up, but what
 * stands there instead of them is refused as anywhere else.
 */
export const SessionBody = struct('Session', {
  ID: text(),
  ...raftIndex,
  Name: text(),
  Node: optional(text()),
  LockDelay: optional(duration()),
  Behavior: text(),
  TTL: text(),
  NodeChecks: defaultChecks,
  ServiceChecks: list(ServiceCheck),
  Checks: list(text()),
})
export type SessionBody = Infer<typeof SessionBody>

/** The session that a request asks for, with Consul's defaults (protocol/servers.md §13.4). */
export function sessionOf(asked: SessionBody, ownNode: string): Session {
  return {
    ...Session.zero(),
    Name: asked.Name,
    Node: asked.Node ?? ownNode,
    LockDelay: asked.LockDelay === null ? defaultLockDelayNs : lockDelayNs(asked.LockDelay),
    Behavior: asked.Behavior,
    TTL: asked.TTL,
    // An empty list of `Checks`, the older way to say it, asks for a session that depends on no check at all.
    NodeChecks: asked.Checks?.length === 0 ? [] : asked.NodeChecks,
    ServiceChecks: asked.ServiceChecks,
    Checks: asked.Checks,
  }
}

function lockDelayNs(asked: number): number {
  return asked < leastNanoseconds ? Number(BigInt.asIntN(64, BigInt(asked) * 1_000_000_000n)) : asked
}
