import type { Random } from '../../../src/kernel/random.ts'
import {
  type Coordinate,
  dimensions,
  distance,
  errorMax,
  heightMin,
  isUsable,
  magnitude,
  origin,
  rawDistance,
} from './coordinate.ts'

/** How much one sample may change the error (ce) and the position (cc) in the paper's terms. */
const tuning = 0.25
const adjustmentSamples = 20
const latencySamples = 3
/** Slope of the pull towards the origin, in seconds: at this distance it is as strong as one second of error. */
const gravityRho = 150
/** What counts as no distance, no error, no time. */
const nearZero = 1e-6
/** A longer round trip says more about a stalled process than about the network: milliseconds. */
const rttMaxMs = 10_000

/**
 * Learns this member's coordinate from round trips to others (protocol/gossip.md §10.3). One sample moves it a little
 * along the line to the other member, closer when the estimate was too long and away when it was too short, the more
 * the surer the other is of itself.
 */
export class Vivaldi {
  #own: Coordinate
  /** Estimation errors of the last samples, as a ring that starts with zeros. */
  readonly #adjustments = new Float64Array(adjustmentSamples)
  #nextAdjustment = 0
  /** Last round trips to each member: milliseconds. */
  readonly #latencies = new Map<string, number[]>()
  readonly #random: Random
  #resets = 0

  constructor(random: Random, start: Coordinate = origin) {
    this.#random = random
    this.#own = start
  }

  get coordinate(): Coordinate {
    return this.#own
  }

  /** How often what was learned had to be thrown away because it was no longer a finite number. */
  get resets(): number {
    return this.#resets
  }

  /** Learns from one round trip. False when the sample cannot be used and nothing changed. */
  update(node: string, other: Coordinate, rttMs: number): boolean {
    if (!isUsable(other) || !(rttMs >= 0 && rttMs <= rttMaxMs)) return false
    const rtt = this.#filteredMs(node, rttMs) / 1000
    this.#adoptSample(other, rtt)
    this.#adoptAdjustment(other, rtt)
    this.#pullToOrigin()
    if (!isUsable(this.#own)) {
      this.#own = origin
      this.#resets++
    }
    return true
  }

  /** Drops what is known about a member that is gone. */
  forget(node: string): void {
    this.#latencies.delete(node)
  }

  /** The median of the member's last samples keeps one late answer from moving anything. */
  #filteredMs(node: string, rttMs: number): number {
    const samples = this.#latencies.get(node) ?? []
    if (samples.length === 0) this.#latencies.set(node, samples)
    samples.push(rttMs)
    if (samples.length > latencySamples) samples.shift()
    return [...samples].sort((a, b) => a - b)[Math.trunc(samples.length / 2)]!
  }

  #adoptSample(other: Coordinate, sample: number): void {
    const rtt = Math.max(sample, nearZero)
    const own = this.#own
    const estimate = distance(own, other)
    const wrong = Math.abs(estimate - rtt) / rtt
    const weight = own.error / Math.max(own.error + other.error, nearZero)
    const error = Math.min(errorMax, tuning * weight * wrong + own.error * (1 - tuning * weight))
    this.#own = this.#pushed({ ...own, error }, tuning * weight * (rtt - estimate), other)
  }

  #adoptAdjustment(other: Coordinate, rtt: number): void {
    this.#adjustments[this.#nextAdjustment] = rtt - rawDistance(this.#own, other)
    this.#nextAdjustment = (this.#nextAdjustment + 1) % adjustmentSamples
    const sum = this.#adjustments.reduce((total, sample) => total + sample, 0)
    this.#own = { ...this.#own, adjustment: sum / (2 * adjustmentSamples) }
  }

  /** Keeps the whole pool from drifting away together. */
  #pullToOrigin(): void {
    const force = -((distance(origin, this.#own) / gravityRho) ** 2)
    this.#own = this.#pushed(this.#own, force, origin)
  }

  /** `from` moved away from `other` by `force` seconds; negative moves it closer. */
  #pushed(from: Coordinate, force: number, other: Coordinate): Coordinate {
    const { unit, length } = this.#direction(from, other)
    const vec = from.vec.map((value, i) => value + unit[i]! * force)
    if (length <= nearZero) return { ...from, vec }
    const height = Math.max(heightMin, ((from.height + other.height) * force) / length + from.height)
    return { ...from, vec, height }
  }

  /** From `other` to `from`; a random direction with length 0 when they stand on the same spot. */
  #direction(from: Coordinate, other: Coordinate): { unit: readonly number[]; length: number } {
    const between = from.vec.map((value, i) => value - other.vec[i]!)
    const length = magnitude(between)
    if (length > nearZero) return { unit: scaled(between, 1 / length), length }
    const anywhere = Array.from({ length: dimensions }, () => this.#random.fraction() - 0.5)
    const anywhereLength = magnitude(anywhere)
    if (anywhereLength > nearZero) return { unit: scaled(anywhere, 1 / anywhereLength), length: 0 }
    return { unit: anywhere.map((_, i) => (i === 0 ? 1 : 0)), length: 0 }
  }
}

function scaled(vec: readonly number[], factor: number): number[] {
  return vec.map((value) => value * factor)
}
