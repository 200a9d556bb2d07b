import type { Server } from '../contract.ts'
import type { Echo } from './messages.ts'

/** A request that a follower has not answered yet. */
interface InFlight {
  readonly upTo: number
  readonly sentAtMs: number
}

/**
 * What a leader knows of one follower's log.
 *
 * - `probe`: where its log agrees with ours is not known; one request at a time finds out.
 * - `pipeline`: it agrees; requests follow one another without waiting, up to a limit.
 * - `snapshot`: what it needs is compacted away; it gets a snapshot first.
 */
export class Progress {
  readonly id: string
  /** The follower stores our log up to here. */
  matchIndex = 0
  /** Next entry to send. */
  nextIndex: number
  mode: 'probe' | 'pipeline' | 'snapshot' = 'probe'
  /** When the newest request that it answered was sent: until then it certainly followed. */
  heardAtMs: number
  /** When the newest request of this term that it answered was sent: from then on it keeps its promise (lease.ts). */
  promisedAtMs = Number.NEGATIVE_INFINITY
  /** Newest read round it confirmed. */
  round = 0
  /** Commit index it was last told. */
  toldCommit = 0
  nextHeartbeatAtMs = 0
  nextNoticeAtMs = Number.POSITIVE_INFINITY
  /** Set when it is no member any more: it is told so once that is committed, and for no longer than this. */
  leaving: { readonly server: Server; readonly index: number; untilMs: number } | undefined
  /** Commits wait for its answers, as far as can be said now. */
  isAwaited = false
  /** Set while the driver reads older entries for it from the store. */
  loading = false
  #inFlight: InFlight[] = []

  constructor(id: string, nextIndex: number, nowMs: number) {
    this.id = id
    this.nextIndex = nextIndex
    this.heardAtMs = nowMs
  }

  /** May another request go out? */
  hasRoom(inFlightMax: number): boolean {
    if (this.mode === 'snapshot' || this.loading) return false
    return this.#inFlight.length < (this.mode === 'probe' ? 1 : inFlightMax)
  }

  /** A request that it was sent is not answered yet. */
  get isAnswering(): boolean {
    return this.#inFlight.length > 0
  }

  sent(upTo: number, nowMs: number): void {
    this.#inFlight.push({ upTo, sentAtMs: nowMs })
    if (this.mode === 'pipeline') this.nextIndex = upTo + 1
  }

  /**
   * It stored everything up to `upTo`, which it was sent at `sentAtMs`. A request that left later stays unanswered, also one
   * without entries: it tells of a commit, and nobody else would notice that it got lost.
   */
  accepted(upTo: number, sentAtMs: number): void {
    this.matchIndex = Math.max(this.matchIndex, upTo)
    this.nextIndex = Math.max(this.nextIndex, this.matchIndex + 1)
    this.#inFlight = this.#inFlight.filter((request) => request.upTo > upTo || request.sentAtMs > sentAtMs)
    this.mode = 'pipeline'
  }

  /** Its log does not reach, or does not agree with, the entry before the request: try again at `nextIndex`. */
  rejected(nextIndex: number): void {
    this.probe(Math.max(this.matchIndex + 1, nextIndex))
  }

  /**
   * Starts over, for instance because requests got lost: from what is certain, or where it was looked for already, since a server that
   * was away for a while is not to be sent the whole log.
   */
  probe(nextIndex = this.mode === 'probe' ? this.nextIndex : this.matchIndex + 1): void {
    this.mode = 'probe'
    this.nextIndex = nextIndex
    // What told it of a commit may be among what got lost or was refused.
    this.toldCommit = 0
    this.#inFlight = []
  }

  /** Is this the request that is to find out where its log agrees, and not one from before it? */
  probes({ prevIndex, sentAtMs }: Pick<Echo, 'prevIndex' | 'sentAtMs'>): boolean {
    const underWay = this.#inFlight[0]
    return (
      this.mode === 'probe' &&
      prevIndex === this.nextIndex - 1 &&
      underWay !== undefined &&
      sentAtMs >= underWay.sentAtMs
    )
  }

  /** Nothing is certain any more of what it stores. */
  lostLog(): void {
    this.matchIndex = 0
  }

  awaitSnapshot(nowMs: number): void {
    this.mode = 'snapshot'
    this.#inFlight = [{ upTo: 0, sentAtMs: nowMs }]
  }

  /** For how long the oldest unanswered request waits. */
  waitingMs(nowMs: number): number {
    const oldest = this.#inFlight[0]
    return oldest === undefined ? 0 : nowMs - oldest.sentAtMs
  }
}
