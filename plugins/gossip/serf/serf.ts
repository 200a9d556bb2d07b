import { assert } from '../../../src/kernel/assert.ts'
import type { Random } from '../../../src/kernel/random.ts'
import { MalformedMsgpackError } from '../../../src/wire/errors.ts'
import type { Member } from '../contract.ts'
import { Deadlines } from '../core/deadlines.ts'
import type { SwimDelegate } from '../core/delegate.ts'
import type { Alive, PushPullNode } from '../core/messages.ts'
import type { NodeState } from '../core/node-state.ts'
import type { SwimPort } from '../core/swim-port.ts'
import { AskedQueries, type AskedQuery, type QueryListener, type QueryParams } from './asked-queries.ts'
import type { SerfConfig } from './config.ts'
import { resolveConflict } from './conflicts.ts'
import type { Coordinate } from './coordinate.ts'
import { Coordinates } from './coordinates.ts'
import { Departure } from './departure.ts'
import { QueryRefusedError, TagsTooLargeError } from './errors.ts'
import { Housekeeping } from './housekeeping.ts'
import { Intents } from './intents.ts'
import { internalPrefix } from './internal-names.ts'
import { InternalQueries } from './internal-queries.ts'
import { type KeyRequest, type KeyringOutcome, requestKeys } from './key-requests.ts'
import type { KeyringPort } from './keyring-port.ts'
import type { SerfMessage } from './messages.ts'
import { SerfOutbox, type SerfOutput } from './outputs.ts'
import { Queries } from './queries.ts'
import { SerfQueues } from './queues.ts'
import type { ReceivedQuery } from './received-query.ts'
import { serfType } from './records.ts'
import { Roster } from './roster.ts'
import { Clocks, type Shared } from './shared.ts'
import { StateExchange } from './state-exchange.ts'
import { encodeTags, type Tags } from './tags.ts'
import { UserEvents } from './user-events.ts'
import { decodeMessage } from './wire.ts'

export interface SerfOptions {
  readonly name: string
  readonly tags: Tags
  readonly config: SerfConfig
  readonly random: Random
  /** The pool's keys; left out when the pool cannot be encrypted. */
  readonly keyring?: KeyringPort | undefined
  /** Who may not be in the pool: the reason, or undefined (protocol/gossip.md §11.3). */
  readonly vetoAlive?: ((alive: Alive) => string | undefined) | undefined
  readonly vetoMerge?: ((nodes: readonly PushPullNode[]) => string | undefined) | undefined
}

/** Where the clocks stood when an earlier life of this member ended. */
export interface RememberedClocks {
  readonly lTime: number
  /** Of the last event and query that were seen. */
  readonly eventLTime: number
  readonly queryLTime: number
}

/** What a member shows of itself is at most this long, encoded (protocol/gossip.md §8.4). */
const tagsSizeMax = 512

/**
 * Serf over Swim, as a pure machine like it: members with intents and tags, events, queries and coordinates. Times are
 * monotonic milliseconds and never go back. After every call that takes `now`, to this or to its Swim, the driver carries
 * out `take()` and sets its one timer to the earlier of both `nextTickAt()`.
 */
export class Serf implements SwimDelegate {
  readonly #options: SerfOptions
  readonly #shared: Shared
  readonly #intents: Intents
  readonly #events: UserEvents
  readonly #queries: Queries
  readonly #asked: AskedQueries
  readonly #internal: InternalQueries
  readonly #exchange: StateExchange
  readonly #coordinates: Coordinates
  readonly #departure: Departure
  #swim: SwimPort | undefined
  #tags: Buffer
  #joinsIgnoringEvents = 0
  #isResolvingConflict = false

  /** Throws TagsTooLargeError. */
  constructor(options: SerfOptions) {
    const { name, config, random, keyring } = options
    const outbox = new SerfOutbox()
    const coordinates = new Coordinates(random, outbox)
    const shared: Shared = {
      name,
      config,
      random,
      clocks: new Clocks(),
      queues: new SerfQueues(config),
      outbox,
      deadlines: new Deadlines(),
      roster: new Roster(outbox, (gone) => coordinates.forget(gone)),
      swim: () => this.#port,
    }
    this.#options = options
    this.#shared = shared
    this.#tags = encodeOwnTags(options.tags)
    this.#coordinates = coordinates
    this.#intents = new Intents(shared)
    this.#events = new UserEvents(shared)
    this.#queries = new Queries(shared, (query, now) => this.#deliver(query, now))
    this.#asked = new AskedQueries(shared, this.#queries)
    this.#internal = new InternalQueries(shared, this.#queries, keyring)
    this.#exchange = new StateExchange(shared, this.#intents, this.#events)
    this.#departure = new Departure(shared, this.#intents)
  }

  get #port(): SwimPort {
    assert(this.#swim, 'serf is used before it was started')
    return this.#swim
  }

  // For the driver

  /** Call before `swim.start`, which introduces this member; `remembered` is what an earlier life left behind. */
  start(swim: SwimPort, now: number, remembered?: RememberedClocks): void {
    const { clocks } = this.#shared
    this.#swim = swim
    if (remembered) {
      clocks.member.witness(remembered.lTime)
      clocks.event.witness(remembered.eventLTime)
      clocks.query.witness(remembered.queryLTime)
      this.#events.ignoreBefore(remembered.eventLTime + 1)
      this.#queries.ignoreBefore(remembered.queryLTime + 1)
    }
    new Housekeeping(this.#shared, this.#intents).start(now)
  }

  tick(now: number): void {
    this.#shared.deadlines.runDue(now)
  }

  nextTickAt(): number {
    return this.#shared.deadlines.nextAtMs()
  }

  take(): SerfOutput[] {
    return this.#shared.outbox.take()
  }

  /**
   * Call around the push/pulls of a join that somebody wished for; not around reconnects. With `ignoresOldEvents`, as
   * Consul has it, nothing that happened before is delivered here.
   */
  beginJoin({ ignoresOldEvents }: { readonly ignoresOldEvents: boolean }): (reached: number, now: number) => void {
    const ignoring = Number(ignoresOldEvents)
    this.#joinsIgnoringEvents += ignoring
    return (reached, now) => {
      this.#joinsIgnoringEvents -= ignoring
      if (reached > 0) this.#intents.announceJoin(now)
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
    return this.#shared.roster.list()
  }

  member(name: string): Member | undefined {
    return this.#shared.roster.get(name)
  }

  /** Shows other tags from now on. Throws TagsTooLargeError. */
  setTags(tags: Tags, now: number): void {
    this.#tags = encodeOwnTags(tags)
    this.#port.updateMeta(now)
  }

  /**
   * Says that a failed member has left for good; with `prune` it is forgotten at once. `spread` is told when this is sent
   * often enough, or with false that it took longer than `broadcastTimeoutMs`.
   */
  forceLeave(name: string, prune: boolean, now: number, spread: (inTime: boolean) => void = () => {}): void {
    this.#intents.announceLeave(name, prune, now, spread)
  }

  /** Tells all members, this one included. Throws UserEventTooLargeError. */
  userEvent(name: string, payload: Buffer, coalesce: boolean): void {
    this.#events.fire(name, payload, coalesce)
  }

  /** Asks all members, this one included. Throws QueryRefusedError. */
  query(name: string, payload: Buffer, params: QueryParams, listener: QueryListener, now: number): AskedQuery {
    if (name.startsWith(internalPrefix)) {
      throw new QueryRefusedError(`Queries cannot contain the '${internalPrefix}' prefix`)
    }
    return this.#asked.ask(name, payload, params, listener, now)
  }

  /** Stops waiting for answers; the listener hears no more. */
  cancelQuery(query: AskedQuery): void {
    this.#asked.cancel(query)
  }

  /** Answers a query of the output of that kind, once. Throws QueryAnswerRefusedError. */
  respond(query: ReceivedQuery, payload: Buffer, now: number): void {
    this.#queries.respond(query, payload, now)
  }

  /** Has every member of the pool change or list its keys. */
  requestKeys(request: KeyRequest, done: (outcome: KeyringOutcome) => void, now: number): void {
    requestKeys(this.#asked, request, this.#port.livingCount, done, now)
  }

  /** Where this member stands in the network. */
  coordinate(): Coordinate {
    return this.#coordinates.own
  }

  /** Where another member stands, as of its last answer to a probe of ours. */
  coordinateOf(name: string): Coordinate | undefined {
    return name === this.#options.name ? this.#coordinates.own : this.#coordinates.of(name)
  }

  /** Estimated time of a round trip; undefined for a member that no probe of ours reached. */
  roundTripMs(name: string): number | undefined {
    return this.#coordinates.roundTripMs(name)
  }

  /** Where the clocks stand; what a snapshot keeps is one less, the last time that was seen. */
  clocks(): RememberedClocks {
    const { member, event, query } = this.#shared.clocks
    return { lTime: member.time, eventLTime: event.time, queryLTime: query.time }
  }

  /** Serf's figures in its own words, as Consul shows them under `serf_lan` and `serf_wan`. */
  stats(): Record<string, string> {
    const { clocks, queues, roster } = this.#shared
    const figures = {
      members: roster.size,
      failed: roster.failed.size,
      left: roster.left.size,
      health_score: this.#port.healthScore,
      member_time: clocks.member.time,
      event_time: clocks.event.time,
      query_time: clocks.query.time,
      intent_queue: queues.intents.size,
      event_queue: queues.events.size,
      query_queue: queues.queries.size,
      encrypted: (this.#options.keyring?.list().length ?? 0) > 0,
      coordinate_resets: this.#coordinates.resets,
    }
    return Object.fromEntries(Object.entries(figures).map(([name, value]) => [name, String(value)]))
  }

  // For Swim

  meta(limitBytes: number): Buffer {
    assert(this.#tags.length <= limitBytes, 'the tags were checked against a larger limit than the pool has')
    return this.#tags
  }

  userMessage(payload: Buffer, now: number): void {
    const message = this.#read(payload)
    switch (message?.type) {
      case 'leave':
      case 'join':
        this.#intents.receive(message, payload, now)
        break
      case 'userEvent':
        this.#events.receive(message, payload)
        break
      case 'query':
        this.#queries.receive(message, payload, now)
        break
      case 'response':
        this.#asked.receive(message, now)
        break
      case 'relay':
        // Members relay answers and nothing else; more would let one of them speak with the voices of all.
        if (message.message[0] === serfType.response) this.#shared.outbox.send(message.to, message.message)
    }
  }

  broadcastsWaiting(): boolean {
    return this.#shared.queues.waiting
  }

  broadcasts(overheadBytes: number, limitBytes: number): Buffer[] {
    const { queues, roster } = this.#shared
    return queues.take(overheadBytes, limitBytes, roster.size)
  }

  localState(): Buffer {
    return this.#exchange.local()
  }

  mergeState(state: Buffer, join: boolean, now: number): void {
    this.#exchange.merge(state, join && this.#joinsIgnoringEvents > 0, now)
  }

  ackPayload(): Buffer {
    return this.#coordinates.payload()
  }

  pinged(node: NodeState, rttMs: number, payload: Buffer): void {
    this.#coordinates.pinged(node.name, rttMs, payload)
  }

  joined(node: NodeState): void {
    this.#shared.roster.joined(node, this.#intents.heard(node.name))
  }

  left(node: NodeState, now: number): void {
    this.#shared.roster.gone(node.name, now)
  }

  updated(node: NodeState): void {
    this.#shared.roster.updated(node)
  }

  vetoAlive(alive: Alive): string | undefined {
    return this.#options.vetoAlive?.(alive)
  }

  vetoMerge(nodes: readonly PushPullNode[]): string | undefined {
    return this.#options.vetoMerge?.(nodes)
  }

  /** Two members of one name (protocol/gossip.md §9.8). */
  conflict(existing: NodeState, other: Alive, now: number): void {
    const { config, name, outbox } = this.#shared
    const addresses = { address: existing.address, other: other.address, otherPort: other.port }
    if (existing.name !== name) {
      outbox.log('warn', 'serf: Name conflict of two members', { member: existing.name, ...addresses })
      return
    }
    outbox.log('error', 'serf: Node name conflicts with another node; each must have a name of its own', addresses)
    if (!config.resolvesConflicts || this.#isResolvingConflict) return
    this.#isResolvingConflict = true
    const settled = (isLost: boolean) => {
      this.#isResolvingConflict = false
      if (isLost) outbox.add({ kind: 'nameLost', other: { address: other.address, port: other.port } })
    }
    resolveConflict(this.#asked, name, existing, settled, now)
  }

  #read(payload: Buffer): SerfMessage | undefined {
    try {
      return decodeMessage(payload)
    } catch (error) {
      if (!(error instanceof MalformedMsgpackError)) throw error
      this.#shared.outbox.log('debug', 'serf: a message cannot be read', { error })
      return undefined
    }
  }

  #deliver(query: ReceivedQuery, now: number): void {
    if (query.name.startsWith(internalPrefix)) this.#internal.answer(query, now)
    else this.#shared.outbox.add({ kind: 'query', query })
  }
}

function encodeOwnTags(tags: Tags): Buffer {
  const encoded = encodeTags(tags)
  if (encoded.length > tagsSizeMax) throw new TagsTooLargeError(tagsSizeMax)
  return encoded
}
