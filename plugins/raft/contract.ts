import type { Socket } from 'node:net'
import type { CommandName, Commands } from '../../src/kernel/hooks.ts'

/**
 * What other plugins may know of Raft. They get a `Consensus` service and, on the other side, one of them supplies the
 * `StateMachine` whose commands the log carries. Nothing here depends on Raft: another plugin may offer the same.
 */

/** What a server is to its cluster at this moment. `shutdown` once stopped, or halted by a fault that needs an operator. */
export type Role = 'follower' | 'candidate' | 'leader' | 'shutdown'

/** One server of the cluster. The id is the node's UUID in lower case, the address `ip:port` of its server port. */
export interface Server {
  readonly id: string
  readonly address: string
  /** `voter` counts for majorities, `nonvoter` only receives the log, `staging` is a non-voter on its way up. */
  readonly suffrage: 'voter' | 'nonvoter' | 'staging'
}

/** The membership of the cluster, as of the log entry at `index` (0: none known yet). */
export interface ClusterConfiguration {
  readonly index: number
  readonly servers: readonly Server[]
}

/**
 * Told when this server's place in the cluster changes. With role `leader` it is told once the first entry of the new
 * term is applied here, so that everything committed under earlier leaders can be read. `signal` aborts when this
 * state of affairs ends: duties of the leader run under it.
 */
export interface Leadership {
  readonly role: Role
  readonly leader: { readonly id: string; readonly address: string } | undefined
  readonly term: number
  readonly signal: AbortSignal
}

/** Agreement among the servers on one order of commands. Provided as the service `consensus`. */
export interface Consensus {
  /**
   * Encodes a command as the `state` service does (`state.encode`) and appends it: what features call. Settles as
   * `append` does.
   */
  propose<C extends CommandName>(name: C, command: Commands[C], signal?: AbortSignal): Promise<unknown>
  /**
   * Appends a command, as it stands in the log, to the log. Resolves with what `StateMachine.apply` returned for it on this server, once it is
   * durable on a majority and applied here.
   *
   * Rejects with the `ProconsulError` that `apply` threw (the command was refused, the state is as before), with
   * `NoLeaderError` when this server does not lead, with `LeadershipLostError` when it stopped leading on the way or with
   * the signal's reason (in both cases the command may still take effect), with `ProposalQueueFullError` when too many
   * commands wait, and with a storage error when the log cannot be written.
   */
  append(data: Buffer, signal?: AbortSignal): Promise<unknown>
  /** Resolves once everything committed before the call is applied on this server, which must be the leader. */
  barrier(signal?: AbortSignal): Promise<void>
  /**
   * Resolves once a majority has confirmed, after this call, that this server still leads, and all that was committed
   * by then is applied here: a read that follows is linearizable. Costs one round of messages and no log entry.
   */
  verifyLeader(signal?: AbortSignal): Promise<void>
  /**
   * True while this server leads and may answer reads from its state without asking anybody: nothing newer can have been
   * acknowledged elsewhere, as long as clocks keep to the bound in docs/determinism.md. When it is false on a leader, which is
   * rare, `verifyLeader` tells. Look at it in the same turn in which the state is read.
   */
  readonly holdsReadLease: boolean
  /** The leader as far as this server knows; itself only once everything committed under earlier leaders is applied here. */
  leader(): { readonly id: string; readonly address: string } | undefined
  readonly role: Role
  readonly term: number
  /** Index of the last entry applied to the state machine. */
  readonly appliedIndex: number
  /** Milliseconds since the leader was last heard: 0 on the leader itself, undefined when there never was one. */
  lastContactMs(): number | undefined
  /** The newest membership in the log, committed or not. */
  configuration(): ClusterConfiguration
  /** The `raft` section of `/v1/agent/self`: Consul's keys, values as text. */
  stats(): Record<string, string>
  /**
   * Adds a server, or changes its address or suffrage; a voter stays one. Resolves once that is committed. One change at a
   * time: rejects with a MembershipError while another is under way, and as `append` does.
   */
  addServer(server: Server, signal?: AbortSignal): Promise<void>
  /** Takes a server out of the cluster; the leader itself steps down then. Settles as `addServer`. */
  removeServer(id: string, signal?: AbortSignal): Promise<void>
  /** Gives a non-voter its vote. Settles as `addServer`. */
  promote(id: string, signal?: AbortSignal): Promise<void>
  /** Hands leadership to that voter, or the one whose log is most complete. Resolves when this server no longer leads. */
  transferLeadership(target?: string, signal?: AbortSignal): Promise<void>
  /** Writes a snapshot now, whatever the thresholds say. Resolves with the index it covers. */
  takeSnapshot(): Promise<number>
}

/** What the log's commands act on. Every server applies the same commands in the same order and gets the same state. */
export interface StateMachine {
  /**
   * Carries out one committed command; called once per command entry in the order of the log, with gaps where the log
   * holds entries of Raft's own. A `ProconsulError` refuses the command and must leave the state as it was; anything
   * else that is thrown stops the server. `extensions` is null but for pieces of chunked writes (protocol/servers.md §12.2).
   */
  apply(index: number, term: number, data: Buffer, extensions: Buffer | null): unknown
  /** A frozen view of the state as of the last `apply`. Taken in constant time; read out later while commands apply. */
  snapshot(): StateSnapshot
  /**
   * Replaces the whole state by that of a snapshot. Each buffer is one record as `StateSnapshot.records` gave it. When the
   * iteration throws (a checksum did not fit), the state must stay as it was and the error go to the caller.
   */
  restore(records: AsyncIterable<Buffer>): Promise<void>
}

/** The state at one index, as records of the snapshot stream (protocol/servers.md §15.1). */
export interface StateSnapshot {
  /**
   * First the header, a msgpack map; then records of a type byte and one msgpack value each. Drawn lazily, a few at a
   * time between other work, so a record should not cost more than a millisecond to make.
   */
  readonly records: Iterable<Buffer>
  /** Called once when the records were read or are no longer wanted. */
  release?(): void
}

/** A connection on the server port, read up to its first byte, which said what protocol it speaks (protocol/servers.md §1). */
export interface PeerStream {
  /** Not read from since; whoever takes the stream reads, answers and ends it. */
  readonly socket: Socket
  readonly remoteAddress: string
}

declare module '../../src/kernel/services.ts' {
  interface Services {
    consensus: Consensus
  }
}

declare module '../../src/kernel/hooks.ts' {
  interface Payloads {
    leadership: Leadership
    stream: PeerStream
  }
}
