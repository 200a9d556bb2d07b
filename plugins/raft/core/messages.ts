/**
 * What servers say to one another and what they agree on, in the fields of protocol/servers.md §10, so that a transport
 * only has to encode it. Times are milliseconds, ids are node UUIDs, and log indexes count from 1.
 */

/** Kinds of log entries, by their number on the wire and on disk. */
export const entryType = { command: 0, noop: 1, barrier: 4, configuration: 5 } as const
export type EntryType = (typeof entryType)[keyof typeof entryType]

/** One place in the log. `appendedAtMs` is the wall clock of the leader that made it: for people, never for decisions. */
export interface Entry {
  readonly index: number
  readonly term: number
  readonly type: EntryType
  readonly data: Buffer | null
  readonly extensions: Buffer | null
  readonly appendedAtMs: number
}

/** An entry before the leader gives it a place. */
export type Draft = Omit<Entry, 'index' | 'term'>

/** What a server must never forget: the newest term it knows, and whom it chose in it. */
export interface HardState {
  readonly term: number
  readonly votedFor: string | undefined
}

/** What a snapshot stands for: the log up to `index`, and the membership as of there. */
export interface SnapshotMeta {
  readonly index: number
  readonly term: number
  /** Data of the configuration entry in force at `index`. */
  readonly configuration: Buffer
  readonly configurationIndex: number
}

interface Addressed {
  readonly from: string
  readonly to: string
  readonly term: number
}

/**
 * What a leader wants to know again when the answer comes. It does not travel: replies arrive in the order of requests
 * on a connection, so the sender's transport keeps it and hands it back.
 */
export interface Echo {
  readonly prevIndex: number
  /** Last index the request carried; 0 for a heartbeat. */
  readonly upTo: number
  /** Newest read round at the time of sending (read-index.ts). */
  readonly round: number
  readonly sentAtMs: number
}

/** With `prevIndex` 0, no entries and `commitIndex` 0 it is a heartbeat: it confirms the leader and touches no log. */
export interface AppendRequest extends Addressed {
  readonly type: 'append'
  readonly prevIndex: number
  readonly prevTerm: number
  readonly entries: readonly Entry[]
  readonly commitIndex: number
  /** For how long the leader reads alone (lease.ts); undefined from one that says nothing of it, as Consul's servers. */
  readonly leaseMs?: number | undefined
  readonly echo: Echo
}

export interface AppendReply extends Addressed {
  readonly type: 'appendReply'
  readonly success: boolean
  /** On success the last index before this append was stored; on rejection the last index. */
  readonly lastIndex: number
  /** On a conflict: the term found at the previous index and the first index of that term. Older peers leave both out. */
  readonly conflictTerm?: number
  readonly conflictFirst?: number
  readonly echo: Echo
}

/** `term` is the term the candidate wants to lead; for a pre-vote the one it would campaign in. */
export interface VoteRequest extends Addressed {
  readonly type: 'vote' | 'preVote'
  readonly lastIndex: number
  readonly lastTerm: number
  /** The leader asked for this election, so its followers need not stand by it. */
  readonly transfer: boolean
}

export interface VoteReply extends Addressed {
  readonly type: 'voteReply' | 'preVoteReply'
  readonly granted: boolean
}

/** The transport sends the snapshot's bytes behind it. The receiver has them stored and checked before it steps this. */
export interface InstallRequest extends Addressed {
  readonly type: 'install'
  readonly snapshot: SnapshotMeta
  readonly echo: Echo
}

export interface InstallReply extends Addressed {
  readonly type: 'installReply'
  readonly success: boolean
  readonly echo: Echo
}

/** The leader hands over: campaign at once. */
export interface TimeoutNow extends Addressed {
  readonly type: 'timeoutNow'
}

export type Message = AppendRequest | AppendReply | VoteRequest | VoteReply | InstallRequest | InstallReply | TimeoutNow
