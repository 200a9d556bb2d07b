import type { SwimConfig } from './config.ts'

/**
 * How long a suspect has to protest, given how many independently accuse it. A lone accuser may itself be the slow one,
 * so its suspicion lasts long; each further accuser shortens it (Lifeguard, section IV.B; protocol/gossip.md §6.7).
 */
export class Suspicion {
  readonly #startedAtMs: number
  readonly #minMs: number
  readonly #maxMs: number
  readonly #needed: number
  readonly #accusers: Set<string>

  /** `members` counts all that are known, the dead included. */
  constructor(config: SwimConfig, members: number, accuser: string, now: number) {
    const wanted = config.suspicionMult - 2
    this.#startedAtMs = now
    this.#minMs = suspicionMinMs(config, members)
    this.#maxMs = config.suspicionMaxTimeoutMult * this.#minMs
    // In a tiny pool there are not enough others to confirm anything.
    this.#needed = members - 2 < wanted ? 0 : wanted
    this.#accusers = new Set([accuser])
  }

  /** Another accusation. False when it changes nothing: from a known accuser, or more than count. */
  confirm(accuser: string): boolean {
    if (this.confirmations >= this.#needed || this.#accusers.has(accuser)) return false
    this.#accusers.add(accuser)
    return true
  }

  /** Accusers beyond the first. */
  get confirmations(): number {
    return this.#accusers.size - 1
  }

  get startedAtMs(): number {
    return this.#startedAtMs
  }

  /** When the suspect is declared dead, unless it protests or more is heard. */
  deadlineAtMs(): number {
    if (this.#needed < 1) return this.#startedAtMs + this.#minMs
    const share = Math.log(this.confirmations + 1) / Math.log(this.#needed + 1)
    const timeoutMs = Math.floor(this.#maxMs - share * (this.#maxMs - this.#minMs))
    return this.#startedAtMs + Math.max(this.#minMs, timeoutMs)
  }
}

/** The shortest suspicion: long enough for the news and the protest to cross a pool of this size. */
export function suspicionMinMs({ suspicionMult, probeIntervalMs }: SwimConfig, members: number): number {
  const scale = Math.max(1, Math.log10(Math.max(1, members)))
  return (suspicionMult * Math.trunc(1000 * scale) * probeIntervalMs) / 1000
}
