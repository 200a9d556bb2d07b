import type { Random } from '../../../src/kernel/random.ts'
import { seededRandom } from '../../../src/testing/seeded-random.ts'
import { consulLanConfig, type SwimConfig } from '../core/config.ts'
import { Deadlines } from '../core/deadlines.ts'
import type { Effect } from '../core/effects.ts'
import type { Endpoint } from '../core/messages.ts'
import type { NodeState } from '../core/node-state.ts'
import { Swim } from '../core/swim.ts'
import { consulVersions } from '../core/versions.ts'
import { decodeMessage, encodeMessage } from '../wire/message.ts'
import { consulSerfConfig, type SerfConfig } from './config.ts'
import type { KeyringPort } from './keyring-port.ts'
import type { SerfOutput } from './outputs.ts'
import { type RememberedClocks, Serf } from './serf.ts'
import { encodeTags } from './tags.ts'

export interface TestPoolOptions {
  readonly seed?: number
  readonly swim?: Partial<SwimConfig>
  readonly serf?: Partial<SerfConfig>
}

export interface TestMemberOptions {
  readonly tags?: Record<string, string>
  readonly keyring?: KeyringPort
  readonly remembered?: RememberedClocks
  /** An address of its own; the next free one when left out. */
  readonly address?: string
  /** Members it knows from the start. */
  readonly known?: readonly NodeState[]
}

/** One member of a test pool: Swim and Serf as a driver would run them, with a memory of what came out. */
export class TestMember {
  readonly name: string
  readonly endpoint: Endpoint
  readonly swim: Swim
  readonly serf: Serf
  /** Everything serf put out but packets. */
  readonly outputs: SerfOutput[] = []
  running = true
  /** What it will do when its process goes on; undefined while that runs. */
  held: (() => void)[] | undefined
  /** When the driver's one timer goes off. */
  wakesAtMs: number = Number.POSITIVE_INFINITY

  constructor(name: string, endpoint: Endpoint, serf: Serf, swim: Swim) {
    this.name = name
    this.endpoint = endpoint
    this.serf = serf
    this.swim = swim
  }

  /** Whether `act` waits until the process goes on, which it then does by itself. */
  holds(act: () => void): boolean {
    this.held?.push(act)
    return this.held !== undefined
  }

  /** User events that were delivered here, in order. */
  get events(): string[] {
    return this.outputs.flatMap((output) => (output.kind === 'userEvent' ? [`${output.name} ${output.payload}`] : []))
  }

  /** What happened to others, in order: `join b`. */
  get changes(): string[] {
    return this.outputs.flatMap((output) =>
      output.kind === 'member' && output.change.member.name !== this.name
        ? [`${output.change.kind} ${output.change.member.name}`]
        : [],
    )
  }

  statusOf(name: string): number | undefined {
    return this.serf.member(name)?.status
  }
}

/** Members on a network in memory: packets take a few milliseconds and may be lost, streams arrive at once. */
export class TestPool {
  readonly random: Random
  readonly #options: TestPoolOptions
  readonly #members = new Map<string, TestMember>()
  /** Everything that will happen: packets that arrive, timers that go off. */
  readonly #agenda = new Deadlines()
  #nextHost = 1
  now = 0
  /** Share of packets that are lost. */
  loss = 0
  /** Packets that are not delivered. */
  drops: (from: Endpoint, to: Endpoint) => boolean = () => false
  /** All packets sent so far. */
  sentPackets = 0

  constructor(options: TestPoolOptions = {}) {
    this.#options = options
    this.random = seededRandom(options.seed ?? 1)
  }

  get members(): TestMember[] {
    return [...this.#members.values()].filter(({ running }) => running)
  }

  start(name: string, options: TestMemberOptions = {}): TestMember {
    const swimConfig = { ...consulLanConfig, ...this.#options.swim }
    const free = endpointOfHost(this.#nextHost++)
    const endpoint = { ...free, address: options.address ?? free.address }
    const random = seededRandom(this.random.below(2 ** 31))
    const serf = new Serf({
      name,
      tags: options.tags ?? { role: 'node' },
      config: { ...consulSerfConfig(swimConfig), ...this.#options.serf },
      random,
      keyring: options.keyring,
    })
    const swim = new Swim({
      name,
      ...endpoint,
      vsn: consulVersions,
      config: swimConfig,
      random,
      delegate: serf,
      encode: encodeMessage,
      known: options.known ?? [],
    })
    const member = new TestMember(name, endpoint, serf, swim)
    this.#members.set(key(endpoint), member)
    serf.start(swim, this.now, options.remembered)
    for (const state of options.known ?? []) serf.joined(state)
    swim.start(this.now)
    this.#carryOut(member)
    return member
  }

  /** `count` members called m1, m2 … that know one another. */
  startMany(count: number): TestMember[] {
    const members = Array.from({ length: count }, (_, i) => this.start(`m${i + 1}`))
    for (const member of members.slice(1)) this.join(member, members[0]!)
    this.advance(5000)
    return members
  }

  /** A pool that stands: `count` members called m1, m2 … that know one another from the start. */
  startStanding(count: number): TestMember[] {
    const states = Array.from({ length: count }, (_, i): NodeState => {
      const endpoint = endpointOfHost(this.#nextHost + i)
      const meta = encodeTags({ role: 'node' })
      return {
        name: `m${i + 1}`,
        ...endpoint,
        meta,
        vsn: consulVersions,
        incarnation: 1,
        state: 'alive',
        changedAtMs: 0,
      }
    })
    return states.map(({ name }) => this.start(name, { known: states.filter((state) => state.name !== name) }))
  }

  /** As an operator's join. */
  join(member: TestMember, other: TestMember, ignoresOldEvents = false): void {
    const end = member.serf.beginJoin({ ignoresOldEvents })
    end(Number(this.pushPull(member, other.endpoint, true)), this.now)
    this.#carryOut(member)
  }

  /** A crash: nobody is told. */
  stop(member: TestMember): void {
    member.running = false
  }

  /** As a SIGSTOP: what comes in waits, and so do its own timers. */
  pause(member: TestMember): void {
    member.held = []
  }

  /** As a SIGCONT. */
  resume(member: TestMember): void {
    const held = member.held ?? []
    member.held = undefined
    for (const act of held) act()
  }

  pushPull(member: TestMember, to: Endpoint, join: boolean): boolean {
    const other = this.#members.get(key(to))
    if (!other?.running || this.drops(member.endpoint, to)) return false
    if (other.holds(() => this.pushPull(member, to, join))) return false
    const request = member.swim.localPushPull(join)
    const answer = other.swim.localPushPull(join)
    other.swim.mergeRemote(request, join, this.now)
    member.swim.mergeRemote(answer, join, this.now)
    this.#carryOut(other)
    this.#carryOut(member)
    return true
  }

  advance(ms: number): void {
    this.advanceUntil(() => false, ms)
  }

  /** Moves time until `holds`, at most `limitMs`; returns how long it took, -1 when it never held. */
  advanceUntil(holds: () => boolean, limitMs: number): number {
    const start = this.now
    const end = start + limitMs
    while (!holds()) {
      const next = this.#agenda.nextAtMs()
      if (next > end) {
        this.now = end
        return holds() ? limitMs : -1
      }
      this.now = Math.max(this.now, next)
      this.#agenda.runDue(this.now)
    }
    return this.now - start
  }

  /** Carries out what a call to a member's Serf put out. */
  flush(member: TestMember): void {
    this.#carryOut(member)
  }

  #deliver(to: string, from: Endpoint, bytes: readonly Buffer[]): void {
    const member = this.#members.get(to)
    if (!member?.running || member.holds(() => this.#deliver(to, from, bytes))) return
    for (const part of bytes) {
      const message = decodeMessage(part)
      if (message) member.swim.receive(message, from, this.now)
    }
    this.#carryOut(member)
  }

  #wake(member: TestMember, atMs: number): void {
    if (!member.running || member.wakesAtMs !== atMs || member.holds(() => this.#wake(member, atMs))) return
    member.wakesAtMs = Number.POSITIVE_INFINITY
    member.serf.tick(this.now)
    member.swim.tick(this.now)
    this.#carryOut(member)
  }

  #carryOut(member: TestMember): void {
    for (;;) {
      const effects = [...member.swim.take(), ...member.serf.take()]
      if (effects.length === 0) break
      for (const effect of effects) this.#carryOutOne(member, effect)
    }
    const atMs = Math.min(member.swim.nextTickAt(), member.serf.nextTickAt())
    if (atMs >= member.wakesAtMs) return
    member.wakesAtMs = atMs
    this.#agenda.add(atMs, () => this.#wake(member, atMs))
  }

  #carryOutOne(member: TestMember, effect: Effect | SerfOutput): void {
    switch (effect.kind) {
      case 'packet':
        this.#send(member, effect.to, effect.parts)
        break
      case 'pushPull':
        this.pushPull(member, effect.to, false)
        break
      case 'reconnect':
        this.pushPull(member, effect.to, true)
        break
      case 'tcpPing': {
        const other = this.#members.get(key(effect.to))
        if (other?.running && !other.held && !this.drops(member.endpoint, effect.to)) {
          member.swim.tcpPong(effect.seqNo, this.now)
        }
        break
      }
      case 'leaveSent':
        member.serf.farewellSent(this.now)
        break
      case 'log':
        break
      default:
        member.outputs.push(effect)
    }
  }

  #send(member: TestMember, to: Endpoint, bytes: readonly Buffer[]): void {
    this.sentPackets++
    if (this.random.fraction() < this.loss || this.drops(member.endpoint, to)) return
    const arrivesAtMs = this.now + 1 + this.random.below(5)
    this.#agenda.add(arrivesAtMs, () => this.#deliver(key(to), member.endpoint, bytes))
  }
}

function endpointOfHost(host: number): Endpoint {
  return { address: `10.0.${host >> 8}.${host & 255}`, port: 8301 }
}

function key({ address, port }: Endpoint): string {
  return `${address} ${port}`
}
