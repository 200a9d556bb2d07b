import type { InstallReply, InstallRequest, Message } from '../../plugins/raft/core/messages.ts'
import type { Random } from '../../src/kernel/random.ts'
import type { DiskSnapshot } from './disk.ts'
import type { World } from './world.ts'

/** How badly a network behaves. Chances are between 0 and 1. */
export interface NetworkHabits {
  readonly delayMs: number
  /** Chance of a message that takes up to `straggleMs`. */
  readonly straggles: number
  readonly straggleMs: number
  readonly loses: number
  readonly duplicates: number
}

/** Where the network delivers to. */
export interface Receiver {
  /** Another number for each process that answers under the name. */
  readonly life: number
  receive(message: Message, snapshot: DiskSnapshot | undefined): void
  /** The transport noticed that a peer did not get what was sent. */
  unreachable(peer: string): void
}

/** What the network did, for the report. */
export const networkFaults = ['messages', 'lost', 'duplicated', 'cut', 'broken', 'straggled'] as const

/** A snapshot's sender waits this long for the answer before it takes the connection for dead. */
const installPatienceMs = 3000

/**
 * Carries messages, each on its own way: they overtake each other, get lost, arrive twice or late. A cut holds for one direction.
 * A sender learns that a snapshot did not get through, and that a connection broke because the process at its end is another one now.
 */
export class SimulatedNetwork {
  habits: NetworkHabits
  /** Told of every message when it leaves. */
  onSend: (message: Message) => void = () => {}
  readonly counts: Record<(typeof networkFaults)[number], number> = {
    messages: 0,
    lost: 0,
    duplicated: 0,
    cut: 0,
    broken: 0,
    straggled: 0,
  }
  readonly #world: World
  readonly #random: Random
  readonly #receivers = new Map<string, Receiver>()
  readonly #cuts = new Map<string, number>()
  readonly #slow = new Map<string, number>()
  /** The process that each link was connected to. */
  readonly #connected = new Map<string, number>()
  /** Snapshots under way, and how to stop waiting for the answer. */
  readonly #installs = new Map<string, () => void>()

  constructor(world: World, random: Random, habits: NetworkHabits) {
    this.#world = world
    this.#random = random
    this.habits = habits
  }

  attach(id: string, receiver: Receiver): void {
    this.#receivers.set(id, receiver)
  }

  /** Nothing passes from one to the other until as many `join`s. */
  cut(from: string, to: string): void {
    const key = `${from} ${to}`
    this.#cuts.set(key, (this.#cuts.get(key) ?? 0) + 1)
  }

  join(from: string, to: string): void {
    const key = `${from} ${to}`
    this.#cuts.set(key, Math.max(0, (this.#cuts.get(key) ?? 0) - 1))
  }

  /** What goes from one to the other takes so much longer, until it is told again. */
  slow(from: string, to: string, byMs: number): void {
    this.#slow.set(`${from} ${to}`, byMs)
  }

  heal(habits: NetworkHabits): void {
    this.#cuts.clear()
    this.#slow.clear()
    this.habits = habits
  }

  send(message: Message, snapshot?: DiskSnapshot): void {
    const { counts } = this
    this.onSend(message)
    const { loses, duplicates } = this.habits
    counts.messages++
    if (message.type === 'install') this.#awaitReply(message)
    if (this.#random.fraction() < loses) {
      counts.lost++
      this.#lost(message)
      return
    }
    this.#carry(message, snapshot)
    if (duplicates > 0 && this.#random.fraction() < duplicates) {
      counts.duplicated++
      this.#carry(message, snapshot)
    }
  }

  #carry(message: Message, snapshot: DiskSnapshot | undefined): void {
    const { delayMs, straggles, straggleMs } = this.habits
    let takesMs = delayMs * (0.2 + this.#random.fraction() * 1.6)
    if (straggles > 0 && this.#random.fraction() < straggles) {
      this.counts.straggled++
      takesMs += this.#random.fraction() * straggleMs
    }
    takesMs += this.#slow.get(`${message.from} ${message.to}`) ?? 0
    this.#world.after(takesMs, () => this.#deliver(message, snapshot))
  }

  #deliver(message: Message, snapshot: DiskSnapshot | undefined): void {
    if ((this.#cuts.get(`${message.from} ${message.to}`) ?? 0) > 0) {
      this.counts.cut++
      this.#lost(message)
      return
    }
    const { from, to } = message
    const receiver = this.#receivers.get(to)!
    const before = this.#connected.get(`${from} ${to}`) ?? receiver.life
    this.#connected.set(`${from} ${to}`, receiver.life)
    if (before !== receiver.life) {
      this.counts.broken++
      this.#receivers.get(from)!.unreachable(to)
      return
    }
    if (message.type === 'installReply') this.#installs.get(installKey(message))?.()
    receiver.receive(message, snapshot)
  }

  #awaitReply(message: InstallRequest): void {
    const { from, to } = message
    const key = installKey(message)
    this.#installs.get(key)?.()
    const giveUp = this.#world.after(installPatienceMs, () => this.#receivers.get(from)?.unreachable(to))
    this.#installs.set(key, giveUp)
  }

  #lost(message: Message): void {
    if (message.type === 'install') this.#receivers.get(message.from)?.unreachable(message.to)
    if (message.type === 'installReply') this.#receivers.get(message.to)?.unreachable(message.from)
  }
}

/** The same for a snapshot's request and its answer. */
function installKey({ type, from, to, term, echo }: InstallRequest | InstallReply): string {
  return [...(type === 'install' ? [from, to] : [to, from]), term, echo.upTo].join(' ')
}
