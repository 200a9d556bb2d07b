import type { Random } from '../../../src/kernel/random.ts'
import { MalformedMsgpackError } from '../../../src/wire/errors.ts'
import { type Coordinate, distance } from './coordinate.ts'
import type { SerfOutbox } from './outputs.ts'
import { Vivaldi } from './vivaldi.ts'
import { decodeCoordinate, encodeCoordinate } from './wire.ts'

/** Where this member and those it probed stand in the network. */
export class Coordinates {
  readonly #vivaldi: Vivaldi
  readonly #outbox: SerfOutbox
  /** As of each member's last answer to a probe of ours. */
  readonly #others = new Map<string, Coordinate>()
  #encoded: { readonly of: Coordinate; readonly bytes: Buffer } | undefined

  constructor(random: Random, outbox: SerfOutbox) {
    this.#vivaldi = new Vivaldi(random)
    this.#outbox = outbox
  }

  get own(): Coordinate {
    return this.#vivaldi.coordinate
  }

  get resets(): number {
    return this.#vivaldi.resets
  }

  of(node: string): Coordinate | undefined {
    return this.#others.get(node)
  }

  /** Estimated time of a round trip; undefined for a member that no probe of ours reached yet. */
  roundTripMs(node: string): number | undefined {
    const other = this.#others.get(node)
    return other && distance(this.own, other) * 1000
  }

  /** What answers to pings carry: the own coordinate. */
  payload(): Buffer {
    if (this.#encoded?.of !== this.own) this.#encoded = { of: this.own, bytes: encodeCoordinate(this.own) }
    return this.#encoded.bytes
  }

  /** A member answered a ping of ours after `rttMs`, saying where it stands. Old ones say nothing. */
  pinged(node: string, rttMs: number, payload: Buffer): void {
    const other = this.#read(node, payload)
    if (other && this.#vivaldi.update(node, other, rttMs)) this.#others.set(node, other)
  }

  forget(node: string): void {
    this.#others.delete(node)
    this.#vivaldi.forget(node)
  }

  #read(node: string, payload: Buffer): Coordinate | undefined {
    try {
      return decodeCoordinate(payload)
    } catch (error) {
      if (!(error instanceof MalformedMsgpackError)) throw error
      this.#outbox.log('debug', 'serf: the coordinate of a member cannot be read', { member: node, error })
      return undefined
    }
  }
}
