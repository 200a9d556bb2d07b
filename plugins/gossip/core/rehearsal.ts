import { seededRandom } from '../../../src/testing/seeded-random.ts'
import { lanConfig, type SwimConfig } from './config.ts'
import type { SwimDelegate } from './delegate.ts'
import type { Effect } from './effects.ts'
import type { Alive, Endpoint, SwimMessage } from './messages.ts'
import { Swim } from './swim.ts'
import { consulVersions } from './versions.ts'

/** A delegate that writes down what it is told, and plays what a test wants to have said. */
export class RecordingDelegate implements SwimDelegate {
  readonly events: string[] = []
  metaText = 'meta'
  veto: (alive: Alive) => string | undefined = () => undefined
  mergeVeto: string | undefined = undefined
  readonly outgoing: Buffer[] = []
  state = Buffer.alloc(0)

  meta = () => Buffer.from(this.metaText)
  userMessage = (payload: Buffer) => void this.events.push(`user ${payload}`)
  broadcastsWaiting = () => this.outgoing.length > 0
  broadcasts = (overheadBytes: number, limitBytes: number) => {
    const fits = this.outgoing.findIndex(({ length }) => length + overheadBytes <= limitBytes)
    return fits < 0 ? [] : this.outgoing.splice(fits, 1)
  }
  localState = () => this.state
  mergeState = (state: Buffer, join: boolean) => void this.events.push(`state ${state}${join ? ' of a join' : ''}`)
  ackPayload = () => Buffer.from('here')
  pinged: SwimDelegate['pinged'] = (node, rttMs, payload) =>
    void this.events.push(`pinged ${node.name} ${rttMs} ms ${payload}`)
  joined: SwimDelegate['joined'] = (node) => void this.events.push(`joined ${node.name}`)
  left: SwimDelegate['left'] = (node) => void this.events.push(`${node.state} ${node.name}`)
  updated: SwimDelegate['updated'] = (node) => void this.events.push(`updated ${node.name} ${node.meta}`)
  vetoAlive = (alive: Alive) => this.veto(alive)
  vetoMerge = () => this.mergeVeto
  conflict: SwimDelegate['conflict'] = (node, other) => void this.events.push(`conflict ${node.name} ${other.address}`)
}

export interface SentPacket {
  readonly to: string
  readonly messages: readonly SwimMessage[]
  readonly crc: boolean
}

/**
 * One Swim called `a` at 10.0.0.1, alone on a stage: a test speaks the others' parts and moves time. Members are single
 * letters, which tell their addresses: `b` is at 10.0.0.2.
 */
export class Rehearsal {
  readonly delegate = new RecordingDelegate()
  readonly swim: Swim
  now = 0
  #effects: Effect[] = []

  constructor({
    config = {},
    members = '',
    seed = 1,
  }: { config?: Partial<SwimConfig>; members?: string; seed?: number } = {}) {
    this.swim = new Swim({
      name: 'a',
      ...endpointOf('a'),
      vsn: consulVersions,
      config: { ...lanConfig, ...config },
      random: seededRandom(seed),
      delegate: this.delegate,
      encode,
    })
    this.swim.start(this.now)
    for (const member of members) this.hear(aliveOf(member))
    this.delegate.events.length = 0
    this.forget()
  }

  hear(message: SwimMessage, from = endpointOf('z')): void {
    this.swim.receive(message, from, this.now)
  }

  /** Runs all that falls due up to and at `atMs`. */
  advanceTo(atMs: number): void {
    for (let next = this.swim.nextTickAt(); next <= atMs; next = this.swim.nextTickAt()) {
      this.now = Math.max(this.now, next)
      this.swim.tick(this.now)
    }
    this.now = atMs
  }

  /** What was to be done since it was last asked for. */
  effects(): Effect[] {
    const effects = [...this.#effects, ...this.swim.take()]
    this.#effects = []
    return effects
  }

  /** Packets since the last look; other effects stay. */
  packets(): SentPacket[] {
    const effects = this.effects()
    this.#effects = effects.filter(({ kind }) => kind !== 'packet')
    return effects.flatMap((effect) =>
      effect.kind === 'packet' ? [{ to: nameOf(effect.to), messages: effect.parts.map(decode), crc: effect.crc }] : [],
    )
  }

  /** Lets what is queued go out unseen. */
  forget(): void {
    const { delegate, swim } = this
    this.#effects = []
    while (swim.take().length > 0 || delegate.outgoing.length > 0) delegate.outgoing.length = 0
  }

  /** What the next gossip will tell, oldest news first; moves time to it. */
  news(): string[] {
    const told = new Set<string>()
    this.advanceTo(this.now + 2 * lanConfig.gossipIntervalMs)
    for (const { messages } of this.packets()) {
      for (const message of messages) {
        if (message.type === 'alive') told.add(`alive ${message.node} ${message.incarnation}`)
        if (message.type === 'suspect' || message.type === 'dead') {
          told.add(`${message.type} ${message.node} ${message.incarnation} from ${message.from}`)
        }
      }
    }
    return [...told]
  }

  /** The belief about a member, in short. */
  believes(name: string): string {
    const node = this.swim.node(name)
    return node ? `${node.state} ${node.incarnation}` : 'unknown'
  }
}

export function endpointOf(name: string): Endpoint {
  return { address: `10.0.0.${name.charCodeAt(0) - 96}`, port: 7946 }
}

function nameOf({ address }: Endpoint): string {
  return String.fromCharCode(Number(address.split('.').at(-1)) + 96)
}

export function aliveOf(node: string, incarnation = 1, more: Partial<Alive> = {}): Alive {
  const meta = Buffer.from('meta')
  return { type: 'alive', node, incarnation, ...endpointOf(node), meta, vsn: consulVersions, ...more }
}

/** The rehearsal's own codec: readable, and one byte of 8 before a user message as on the wire. */
export function encode(message: SwimMessage): Buffer {
  return Buffer.from(JSON.stringify(message))
}

function decode(part: Buffer): SwimMessage {
  if (part[0] === 8) return { type: 'user', payload: part.subarray(1) }
  return JSON.parse(String(part), (_, value) => (value?.type === 'Buffer' ? Buffer.from(value.data) : value))
}
