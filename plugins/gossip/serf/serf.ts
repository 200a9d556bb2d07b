import type { Member } from '../contract.ts'
import type { SwimPort } from '../core/swim-port.ts'
import type { AskedQuery, QueryListener, QueryParams } from './asked-queries.ts'
import type { Coordinate } from './coordinate.ts'
import { Departure } from './departure.ts'
import { QueryRefusedError } from './errors.ts'
import { Housekeeping } from './housekeeping.ts'
import { internalPrefix } from './internal-names.ts'
import { type KeyRequest, type KeyringOutcome, requestKeys } from './key-requests.ts'
import type { SerfOutput } from './outputs.ts'
import type { ReceivedQuery } from './received-query.ts'
import { SerfDelegate, type SerfOptions } from './serf-delegate.ts'
import type { Tags } from './tags.ts'

/** Where the clocks stood when an earlier life of this member ended. */
export interface RememberedClocks {
  readonly lTime: number
  /** Of the last event and query that were seen. */
  readonly eventLTime: number
  readonly queryLTime: number
}

/**
 * Serf over Swim, as a pure machine like it: members with intents and tags, events, queries and coordinates. Times are
 * monotonic milliseconds and never go back. After every call that takes `now`, to this or to its Swim, the driver carries
 * out `take()` and sets its one timer to the earlier of both `nextTickAt()`.
 */
export class Serf extends SerfDelegate {
  readonly #departure: Departure

  /** Throws TagsTooLargeError. */
  constructor(options: SerfOptions) {
    super(options)
    this.#departure = new Departure(this.shared, this.intents)
  }

  // For the driver

  /** Call before `swim.start`, which introduces this member; `remembered` is what an earlier life left behind. */
  start(swim: SwimPort, now: number, remembered?: RememberedClocks): void {
    const { clocks } = this.shared
    this.attach(swim)
    if (remembered) {
      clocks.member.witness(remembered.lTime)
      clocks.event.witness(remembered.eventLTime)
      clocks.query.witness(remembered.queryLTime)
      this.events.ignoreBefore(remembered.eventLTime + 1)
      this.queries.ignoreBefore(remembered.queryLTime + 1)
    }
    new Housekeeping(this.shared, this.intents).start(now)
  }

  tick(now: number): void {
    this.shared.deadlines.runDue(now)
  }

  nextTickAt(): number {
    return this.shared.deadlines.nextAtMs()
  }

  take(): SerfOutput[] {
    return this.shared.outbox.take()
  }

  /**
   * Call around the push/pulls of a join that somebody wished for; not around reconnects. With `ignoresOldEvents`, as
   * Consul has it, nothing that happened before is delivered here.
   */
  beginJoin({ ignoresOldEvents }: { readonly ignoresOldEvents: boolean }): (reached: number, now: number) => void {
    const end = ignoresOldEvents ? this.ignoreEarlierEvents() : () => {}
    return (reached, now) => {
      end()
      if (reached > 0) this.intents.announceJoin(now)
    }
  }

  /** Begins a graceful leave, Swim's included; the output `left` ends it. More calls change nothing. */
  leave(now: number): void {
    this.#departure.begin(now)
  }

  /** Swim's effect `leaveSent` has to come here. */
  farewellSent(now: number): void {
    this.#departure.farewellSent(now)
  }

  // For applications

  /** Everybody that is known, of whatever status. The same list until something changes. */
  members(): readonly Member[] {
    return this.shared.roster.list()
  }

  member(name: string): Member | undefined {
    return this.shared.roster.get(name)
  }

  /** Shows other tags from now on. Throws TagsTooLargeError. */
  setTags(tags: Tags, now: number): void {
    this.adoptTags(tags)
    this.shared.swim().updateMeta(now)
  }

  /**
   * Says that a failed member has left for good; with `prune` it is forgotten at once. `spread` is told when this is sent
   * often enough, or with false that it took longer than `broadcastTimeoutMs`.
   */
  forceLeave(name: string, prune: boolean, now: number, spread: (inTime: boolean) => void = () => {}): void {
    this.intents.announceLeave(name, prune, now, spread)
  }

  /** Tells all members, this one included. Throws UserEventTooLargeError. */
  userEvent(name: string, payload: Buffer, coalesce: boolean): void {
    this.events.fire(name, payload, coalesce)
  }

  /** Asks all members, this one included. Throws QueryRefusedError. */
  query(name: string, payload: Buffer, params: QueryParams, listener: QueryListener, now: number): AskedQuery {
    if (name.startsWith(internalPrefix)) {
      throw new QueryRefusedError(`Queries cannot contain the '${internalPrefix}' prefix`)
    }
    return this.asked.ask(name, payload, params, listener, now)
  }

  /** Stops waiting for answers; the listener hears no more. */
  cancelQuery(query: AskedQuery): void {
    this.asked.cancel(query)
  }

  /** Answers a query of the output of that kind, once. Throws QueryAnswerRefusedError. */
  respond(query: ReceivedQuery, payload: Buffer, now: number): void {
    this.queries.respond(query, payload, now)
  }

  /** Has every member of the pool change or list its keys. */
  requestKeys(request: KeyRequest, done: (outcome: KeyringOutcome) => void, now: number): void {
    requestKeys(this.asked, request, this.shared.swim().livingCount, done, now)
  }

  /** Where this member stands in the network. */
  coordinate(): Coordinate {
    return this.coordinates.own
  }

  /** Where another member stands, as of its last answer to a probe of ours. */
  coordinateOf(name: string): Coordinate | undefined {
    return name === this.options.name ? this.coordinates.own : this.coordinates.of(name)
  }

  /** Estimated time of a round trip; undefined for a member that no probe of ours reached. */
  roundTripMs(name: string): number | undefined {
    return this.coordinates.roundTripMs(name)
  }

  /** Where the clocks stand; what a snapshot keeps is one less, the last time that was seen. */
  clocks(): RememberedClocks {
    const { member, event, query } = this.shared.clocks
    return { lTime: member.time, eventLTime: event.time, queryLTime: query.time }
  }

  /** Serf's figures in its own words, as Consul shows them under `serf_lan` and `serf_wan`. */
  stats(): Record<string, string> {
    const { clocks, queues, roster } = this.shared
    const figures = {
      members: roster.size,
      failed: roster.failed.size,
      left: roster.left.size,
      health_score: this.shared.swim().healthScore,
      member_time: clocks.member.time,
      event_time: clocks.event.time,
      query_time: clocks.query.time,
      intent_queue: queues.intents.size,
      event_queue: queues.events.size,
      query_queue: queues.queries.size,
      encrypted: (this.options.keyring?.list().length ?? 0) > 0,
      coordinate_resets: this.coordinates.resets,
    }
    return Object.fromEntries(Object.entries(figures).map(([name, value]) => [name, String(value)]))
  }
}
