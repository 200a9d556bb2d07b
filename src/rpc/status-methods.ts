import { list, message, struct, text } from '../wire/schema.ts'
import { RaftStats } from '../wire/structs/operator.ts'
import { DCSpecificRequest } from '../wire/structs/query.ts'
import { method, Nothing } from './method.ts'

/*
 * What servers ask one another before and beside everything else (protocol/servers.md §6.1). Whoever is asked answers from
 * what it knows itself.
 */

/** Whether a server is there. */
export const statusPing = method({ name: 'Status.Ping', request: Nothing, reply: Nothing })

/** Address of the leader as the server knows it, empty when it knows none. */
export const statusLeader = method({
  name: 'Status.Leader',
  request: DCSpecificRequest,
  reply: message(text()),
})

/** Addresses of the servers in the membership; an empty list, never nil, from a server that is in none yet. */
export const statusPeers = method({
  name: 'Status.Peers',
  request: DCSpecificRequest,
  reply: message(list(text())),
})

/** A server of a membership. */
const KnownPeer = struct('KnownPeer', { ID: text(), Address: text() })

/**
 * The same with their ids, which tell one cluster from another where addresses are used again. No method of Consul's: its servers
 * say that they cannot find it.
 */
export const knownPeers = method({
  name: 'Proconsul.KnownPeers',
  request: Nothing,
  reply: message(list(KnownPeer)),
})

/** How far a server's log is, and when it last heard of a leader. */
export const statusRaftStats = method({ name: 'Status.RaftStats', request: Nothing, reply: RaftStats })
