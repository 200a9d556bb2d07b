import { assert } from '../../../src/kernel/assert.ts'
import type { Random } from '../../../src/kernel/random.ts'
import type { Server } from '../contract.ts'
import { votersOf } from './configuration.ts'
import type { LogState } from './log-window.ts'
import { LogWindow } from './log-window.ts'
import type { Entry, HardState, Message, SnapshotMeta } from './messages.ts'
import type { Progress } from './progress.ts'

/** Times and limits of the protocol (protocol/servers.md §10.4). All servers of a cluster should agree on the times. */
export interface CoreConfig {
  /** This server. */
  readonly id: string
  /** A follower that hears nothing for one to two times this long starts an election. */
  readonly heartbeatTimeoutMs: number
  /** A candidate that is not elected within one to two times this long tries again. */
  readonly electionTimeoutMs: number
  /** A leader that a majority has not answered for this long steps down. At most `heartbeatTimeoutMs`. */
  readonly leaderLeaseMs: number
  /**
   * For so long after it sent what a majority answered, a leader answers reads by itself (lease.ts); 0: it never does. At most
   * `heartbeatTimeoutMs / clockRatioMax`.
   */
  readonly readLeaseMs: number
  /** A follower that is sent nothing else hears of the commit index after one to two times this long; infinity: it need not. */
  readonly commitNoticeMs: number
  readonly entriesPerMessageMax: number
  readonly sizeBytesPerMessageMax: number
  /** Unanswered requests to one follower. */
  readonly inFlightMax: number
  /** Entries that may wait to be committed before proposals are refused. */
  readonly uncommittedEntriesMax: number
  readonly uncommittedBytesMax: number
  /** Applied entries worth keeping in memory for followers that lack them; an eighth of that when none does. */
  readonly tailEntriesMax: number
  readonly tailBytesMax: number
}

/**
 * How many times as fast as the slowest clock of a cluster its fastest may run, for reads by lease to be linearizable. Machines
 * that are not broken stay within a thousandth of each other.
 */
export const clockRatioMax = 1.25

/** The rest of the configuration of the core, for servers that say nothing else. */
export const coreDefaults = {
  readLeaseMs: 0,
  commitNoticeMs: Number.POSITIVE_INFINITY,
  entriesPerMessageMax: 64,
  sizeBytesPerMessageMax: 2 ** 20,
  inFlightMax: 128,
  uncommittedEntriesMax: 16_384,
  uncommittedBytesMax: 128 * 2 ** 20,
  tailEntriesMax: 2048,
  tailBytesMax: 16 * 2 ** 20,
} as const

/** A membership and the index of the entry that brought it. */
export interface PlacedConfiguration {
  readonly index: number
  readonly servers: readonly Server[]
}

/** What a server remembers from before it started. */
export interface Remembered {
  readonly hardState: HardState
  readonly log: LogState
  /** Memberships in the log and in the newest snapshot, oldest first. */
  readonly configurations: readonly PlacedConfiguration[]
}

export type CoreRole = 'follower' | 'preCandidate' | 'candidate' | 'leader'

/** What happened, for logs, proposers and hooks. In order. */
export type CoreEvent =
  | { readonly kind: 'role'; readonly role: CoreRole; readonly term: number; readonly leader: string | undefined }
  | { readonly kind: 'silence'; readonly lastLeader: string | undefined }
  | {
      readonly kind: 'vote'
      readonly from: string
      readonly term: number
      readonly tally: number
      readonly needed: number
    }
  | { readonly kind: 'won'; readonly term: number; readonly tally: number }
  | { readonly kind: 'leaseLost'; readonly term: number }
  | { readonly kind: 'removed' }
  | { readonly kind: 'transferFailed'; readonly target: string }
  | {
      readonly kind: 'logLost'
      readonly peer: string
      /** What it had acknowledged to this leader. */
      readonly stored: number
      readonly lastIndex: number
    }

/** A linearizable read: `round` is unset until it is sent out, `index` until this term has committed something. */
export interface PendingRead {
  readonly token: number
  index: number | undefined
  round: number | undefined
}

export interface Transfer {
  readonly target: string
  readonly deadlineMs: number
  asked: boolean
}

/**
 * All that a server knows and all that waits to be carried out, for the functions of this folder to work on. They are
 * split by what they decide (election.ts, replication.ts, …), not by what they touch: in Raft everything touches the term.
 */
export class CoreState {
  readonly config: CoreConfig
  readonly random: Random
  readonly log: LogWindow
  nowMs: number
  wallMs: number

  term: number
  votedFor: string | undefined
  hardStateChanged = false
  /** Term whose own vote is being written; it counts once it is durable. */
  votePending: number | undefined

  role: CoreRole = 'follower'
  leader: string | undefined
  leaderHeardAtMs: number | undefined
  /** For how long the leader that was heard reads alone; undefined when it did not say. */
  leaderLeaseMs: number | undefined
  /** Until then this server helps nobody to replace the leader it heard: that one may answer reads in the belief that it leads. */
  promisedUntilMs: number
  electionAtMs = 0
  readonly tally = new Set<string>()

  commitIndex: number
  configurations: PlacedConfiguration[]

  /** Only while leading, like all that follow. */
  readonly followers = new Map<string, Progress>()
  termStartIndex = 0
  uncommittedBytes = 0
  /**
   * Counts rounds of read confirmations, from term to term: a follower that refuses a request of an earlier term answers in the
   * present one, and must not confirm a round that began since.
   */
  readRound = 0
  reads: PendingRead[] = []
  transfer: Transfer | undefined
  leaderSinceMs = 0
  /** Another server was asked to take over in this term, and may do so at any time from then on. */
  handedOver = false

  /** Waiting for `take`. */
  prompt: Message[] = []
  messages: Message[] = []
  events: CoreEvent[] = []
  confirmedReads: { readonly token: number; readonly index: number }[] = []
  failedReads: number[] = []
  loads: { readonly peer: string; readonly from: number }[] = []
  install: SnapshotMeta | undefined
  /** From the moment a snapshot counts until the state is restored from it, nothing may be applied. */
  installing: SnapshotMeta | undefined

  constructor(config: CoreConfig, remembered: Remembered, random: Random, nowMs: number, wallMs: number) {
    this.config = config
    this.random = random
    this.log = new LogWindow(remembered.log)
    this.nowMs = nowMs
    this.wallMs = wallMs
    this.term = remembered.hardState.term
    this.votedFor = remembered.hardState.votedFor
    this.commitIndex = remembered.log.snapshotIndex
    this.configurations = [...remembered.configurations]
    const { readLeaseMs, heartbeatTimeoutMs } = config
    assert(readLeaseMs * clockRatioMax <= heartbeatTimeoutMs, 'a read lease ends before anybody stands for election')
    // What was promised before the start is not known any more, but it was promised to somebody else.
    this.promisedUntilMs = this.wasAlwaysAlone ? nowMs : nowMs + this.promiseMs
  }

  /** For how long from hearing a leader this server helps nobody to replace it, on its own clock. */
  get promiseMs(): number {
    return this.config.readLeaseMs * clockRatioMax
  }

  /** The newest membership in the log: it counts from the moment it is stored (Raft thesis §4.1). */
  get configuration(): PlacedConfiguration {
    return this.configurations.at(-1) ?? { index: 0, servers: [] }
  }

  get voters(): string[] {
    return votersOf(this.configuration.servers)
  }

  get isVoter(): boolean {
    return this.configuration.servers.some(({ id, suffrage }) => id === this.config.id && suffrage === 'voter')
  }

  /** Is this server the only voter? Then it has nobody to wait for. */
  get isAlone(): boolean {
    return this.isVoter && this.voters.length === 1
  }

  /** Did nobody else ever lead, as far as the log goes back? */
  get wasAlwaysAlone(): boolean {
    return this.configurations.every(({ servers }) => votersOf(servers).every((id) => id === this.config.id))
  }

  /** A random moment one to two times `durationMs` from now. */
  within(durationMs: number): number {
    return this.nowMs + durationMs + Math.floor(this.random.fraction() * durationMs)
  }

  /** Enters a term, in which this server has not voted yet. */
  enterTerm(term: number): void {
    if (term === this.term) return
    this.term = term
    this.votedFor = undefined
    this.hardStateChanged = true
  }

  /** Follows `leader`, or nobody yet, in `term`. Whatever a leader or candidate had under way ends. */
  follow(term: number, leader: string | undefined): void {
    const changed = this.role !== 'follower' || this.term !== term || this.leader !== leader
    const wasFollower = this.role === 'follower'
    this.enterTerm(term)
    this.role = 'follower'
    this.leader = leader
    this.tally.clear()
    this.votePending = undefined
    this.followers.clear()
    this.failedReads.push(...this.reads.map((read) => read.token))
    this.reads = []
    this.transfer = undefined
    if (!wasFollower) this.electionAtMs = this.isAlone ? this.nowMs : this.within(this.config.heartbeatTimeoutMs)
    if (changed) this.note()
  }

  /** Heard from the leader: no election for a while. `leaseMs` is how long it reads alone, if it said so. */
  heardLeader(leaseMs?: number): void {
    this.leaderHeardAtMs = this.nowMs
    this.leaderLeaseMs = leaseMs
    this.promisedUntilMs = this.nowMs + this.promiseMs
    this.electionAtMs = this.within(this.config.heartbeatTimeoutMs)
  }

  /** Reports the role, the term and the leader as they are now. */
  note(): void {
    this.events.push({ kind: 'role', role: this.role, term: this.term, leader: this.leader })
  }

  /** Adds an entry to the log; a membership in it counts at once. */
  append(entry: Entry, servers?: readonly Server[]): void {
    this.log.append(entry)
    if (servers !== undefined) this.configurations.push({ index: entry.index, servers })
  }

  /** Drops a tail of the log, and falls back to the membership before it. */
  truncateFrom(index: number): void {
    this.log.truncateFrom(index)
    this.configurations = this.configurations.filter((configuration) => configuration.index < index)
  }

  /** The membership in force at `index`. */
  configurationAt(index: number): PlacedConfiguration {
    return this.configurations.findLast((configuration) => configuration.index <= index) ?? { index: 0, servers: [] }
  }
}
