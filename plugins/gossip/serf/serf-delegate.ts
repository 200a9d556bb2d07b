import { assert } from '../../../src/kernel/assert.ts'
import type { Random } from '../../../src/kernel/random.ts'
import { MalformedMsgpackError } from '../../../src/wire/errors.ts'
import { Deadlines } from '../core/deadlines.ts'
import type { SwimDelegate } from '../core/delegate.ts'
import type { Alive, PushPullNode } from '../core/messages.ts'
import type { NodeState } from '../core/node-state.ts'
import type { SwimPort } from '../core/swim-port.ts'
import { AskedQueries } from './asked-queries.ts'
import type { SerfConfig } from './config.ts'
import { resolveConflict } from './conflicts.ts'
import { Coordinates } from './coordinates.ts'
import { TagsTooLargeError } from './errors.ts'
import { Intents } from './intents.ts'
import { internalPrefix } from './internal-names.ts'
import { InternalQueries } from './internal-queries.ts'
import type { KeyringPort } from './keyring-port.ts'
import type { SerfMessage } from './messages.ts'
import { SerfOutbox } from './outputs.ts'
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

/** What a member shows of itself is at most this long, encoded (protocol/gossip.md §8.4). */
const tagsSizeMax = 512

/** What serf is to Swim: the layer that gets its news and its user messages, and has its own to send. */
export class SerfDelegate implements SwimDelegate {
  protected readonly options: SerfOptions
  protected readonly shared: Shared
  protected readonly intents: Intents
  protected readonly events: UserEvents
  protected readonly queries: Queries
  protected readonly asked: AskedQueries
  protected readonly coordinates: Coordinates
  readonly #internal: InternalQueries
  readonly #exchange: StateExchange
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
      swim: () => {
        assert(this.#swim, 'serf is used before it was started')
        return this.#swim
      },
    }
    this.options = options
    this.shared = shared
    this.coordinates = coordinates
    this.intents = new Intents(shared)
    this.events = new UserEvents(shared)
    this.queries = new Queries(shared, (query, now) => this.#deliver(query, now))
    this.asked = new AskedQueries(shared, this.queries)
    this.#internal = new InternalQueries(shared, this.queries, keyring)
    this.#exchange = new StateExchange(shared, this.intents, this.events)
    this.#tags = encodeOwnTags(options.tags)
  }

  protected attach(swim: SwimPort): void {
    this.#swim = swim
  }

  /** Throws TagsTooLargeError. */
  protected adoptTags(tags: Tags): void {
    this.#tags = encodeOwnTags(tags)
  }

  /** Until the returned function is called, what push/pulls of a join tell of earlier events is not delivered. */
  protected ignoreEarlierEvents(): () => void {
    this.#joinsIgnoringEvents++
    return () => void this.#joinsIgnoringEvents--
  }

  meta(limitBytes: number): Buffer {
    assert(this.#tags.length <= limitBytes, 'the tags were checked against a larger limit than the pool has')
    return this.#tags
  }

  userMessage(payload: Buffer, now: number): void {
    const message = this.#read(payload)
    switch (message?.type) {
      case 'leave':
      case 'join':
        this.intents.receive(message, payload, now)
        break
      case 'userEvent':
        this.events.receive(message, payload)
        break
      case 'query':
        this.queries.receive(message, payload, now)
        break
      case 'response':
        this.asked.receive(message, now)
        break
      case 'relay':
        // Members relay answers and nothing else; more would let one of them speak with the voices of all.
        if (message.message[0] === serfType.response) this.shared.outbox.send(message.to, message.message)
    }
  }

  broadcastsWaiting(): boolean {
    return this.shared.queues.waiting
  }

  broadcasts(overheadBytes: number, limitBytes: number): Buffer[] {
    const { queues, roster } = this.shared
    return queues.take(overheadBytes, limitBytes, roster.size)
  }

  localState(): Buffer {
    return this.#exchange.local()
  }

  mergeState(state: Buffer, join: boolean, now: number): void {
    this.#exchange.merge(state, join && this.#joinsIgnoringEvents > 0, now)
  }

  ackPayload(): Buffer {
    return this.coordinates.payload()
  }

  pinged(node: NodeState, rttMs: number, payload: Buffer): void {
    this.coordinates.pinged(node.name, rttMs, payload)
  }

  joined(node: NodeState): void {
    this.shared.roster.joined(node, this.intents.heard(node.name))
  }

  left(node: NodeState, now: number): void {
    this.shared.roster.gone(node.name, now)
  }

  updated(node: NodeState): void {
    this.shared.roster.updated(node)
  }

  vetoAlive(alive: Alive): string | undefined {
    return this.options.vetoAlive?.(alive)
  }

  vetoMerge(nodes: readonly PushPullNode[]): string | undefined {
    return this.options.vetoMerge?.(nodes)
  }

  /** Two members of one name (protocol/gossip.md §9.8). */
  conflict(existing: NodeState, other: Alive, now: number): void {
    const { config, name, outbox } = this.shared
    const addresses = { address: existing.address, other: other.address, otherPort: other.port }
    if (existing.name !== name) {
      outbox.log('warn', 'serf: Name conflict of two members; rename one of them (node_name, -node)', {
        member: existing.name,
        ...addresses,
      })
      return
    }
    outbox.log('error', 'serf: Node name conflicts with another node; rename one of them (node_name, -node)', addresses)
    if (!config.resolvesConflicts || this.#isResolvingConflict) return
    this.#isResolvingConflict = true
    const settled = (isLost: boolean) => {
      this.#isResolvingConflict = false
      if (isLost) outbox.add({ kind: 'nameLost', other: { address: other.address, port: other.port } })
    }
    resolveConflict(this.asked, name, existing, settled, now)
  }

  #read(payload: Buffer): SerfMessage | undefined {
    try {
      return decodeMessage(payload)
    } catch (error) {
      if (!(error instanceof MalformedMsgpackError)) throw error
      this.shared.outbox.log('debug', 'serf: a message cannot be read', { error })
      return undefined
    }
  }

  #deliver(query: ReceivedQuery, now: number): void {
    if (query.name.startsWith(internalPrefix)) this.#internal.answer(query, now)
    else this.shared.outbox.add({ kind: 'query', query })
  }
}

function encodeOwnTags(tags: Tags): Buffer {
  const encoded = encodeTags(tags)
  if (encoded.length > tagsSizeMax) throw new TagsTooLargeError(tagsSizeMax)
  return encoded
}
