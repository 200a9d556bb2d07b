import type { Clock } from '../../src/kernel/clock.ts'
import type { Hooks } from '../../src/kernel/hooks.ts'
import type { DnsAnswer, DnsQuestion } from './contract.ts'
import { ZoneTimeoutError } from './errors.ts'

/** A zone that has not answered by then will not be waited for: resolvers have given up long before. */
const longestLookupMs = 10_000

/** Asks the plugins that know a kind of name. */
export class ZoneLookup {
  readonly #hooks: Hooks
  readonly #clock: Clock

  constructor(hooks: Hooks, clock: Clock) {
    this.#hooks = hooks
    this.#clock = clock
  }

  /** True when a plugin answers for names of this kind. */
  knows(kind: string): boolean {
    return this.#hooks.dnsZone.get(kind)?.isUsed() ?? false
  }

  /** The answer, or undefined when nobody has one. Rejects with what a zone throws, or when it takes too long. */
  async ask(question: DnsQuestion): Promise<DnsAnswer | undefined> {
    const hook = this.#hooks.dnsZone.get(question.kind)
    if (!hook?.isUsed()) return undefined
    let cancel = () => {}
    const timeout = new Promise<never>((_, reject) => {
      cancel = this.#clock.after(longestLookupMs, () => {
        reject(new ZoneTimeoutError(`the zone "${question.kind}" did not answer within ${longestLookupMs} ms`))
      })
    })
    try {
      return await Promise.race([hook.promise(question), timeout])
    } finally {
      cancel()
    }
  }
}
