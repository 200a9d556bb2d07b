import type { Random } from '../../../src/kernel/random.ts'
import type { World } from '../world.ts'

/** How a simulated network behaves. */
export interface NetworkHabits {
  /** One way, from this much to twice as much. */
  readonly latencyMs: number
  /** Chance of a packet to be lost. Streams survive losses, later. */
  readonly loss: number
}

/** Somebody at an address. */
export interface Host {
  readonly address: string
  /** Side of a partition. Nothing passes from one side to another. */
  side: number
  /** Until then what it sends stays with it, and what arrives waits: a process that does not get to run. */
  stalledUntilMs: number
}

/** A lost segment of a stream is sent again after this time, then after twice as much. */
const retransmitMs = 200
/** Compound header, IPv4 and UDP. */
const packetHeaderBytes = 2 + 28

/** Carries packets and streams between hosts of one pool. */
export class PoolNetwork<H extends Host> {
  habits: NetworkHabits
  packets = 0
  packetBytes = 0
  streams = 0
  readonly #world: World
  readonly #random: Random
  readonly #hosts = new Map<string, H>()

  constructor(world: World, random: Random, habits: NetworkHabits) {
    this.#world = world
    this.#random = random
    this.habits = habits
  }

  attach(host: H): void {
    this.#hosts.set(host.address, host)
  }

  detach(host: H): void {
    if (this.#hosts.get(host.address) === host) this.#hosts.delete(host.address)
  }

  /** Calls `arrive` when and if the packet gets there. */
  packet(from: H, address: string, parts: readonly Buffer[], arrive: (to: H) => void): void {
    this.packets += 1
    this.packetBytes += packetHeaderBytes
    for (const { length } of parts) this.packetBytes += length + (parts.length > 1 ? 2 : 0)
    if (this.#random.fraction() < this.habits.loss) return
    this.#travel(from, address, this.#latencyMs(), arrive)
  }

  /**
   * One request and its answer over a stream. `answer` is called when the request is there, `done` with what it returned when
   * that is back, or with undefined when the other side cannot be reached before `deadlineMs` from now.
   */
  stream<T>(
    from: H,
    address: string,
    deadlineMs: number,
    answer: (to: H) => T,
    done: (answer: T | undefined) => void,
  ): void {
    this.streams += 1
    let isOver = false
    const end = (answered: T | undefined) => {
      if (isOver) return
      isOver = true
      done(answered)
    }
    this.#world.after(deadlineMs, () => end(undefined))
    this.#travel(from, address, this.#segmentMs() + this.#segmentMs(), (to) => {
      const answered = answer(to)
      this.#travel(to, from.address, this.#segmentMs(), () => end(answered))
    })
  }

  #travel(from: H, address: string, travelMs: number, arrive: (to: H) => void): void {
    const { nowMs } = this.#world
    const heldMs = Math.max(0, from.stalledUntilMs - nowMs)
    this.#world.after(heldMs + travelMs, () => this.#deliver(from, address, arrive))
  }

  #deliver(from: H, address: string, arrive: (to: H) => void): void {
    const to = this.#hosts.get(address)
    if (!to || to.side !== from.side) return
    const waitMs = to.stalledUntilMs - this.#world.nowMs
    if (waitMs > 0) this.#world.after(waitMs, () => this.#deliver(from, address, arrive))
    else arrive(to)
  }

  #latencyMs(): number {
    return this.habits.latencyMs * (1 + this.#random.fraction())
  }

  #segmentMs(): number {
    let ms = this.#latencyMs()
    for (let waitMs = retransmitMs; this.#random.fraction() < this.habits.loss; waitMs *= 2) ms += waitMs
    return ms
  }
}
