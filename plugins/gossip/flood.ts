import { ProconsulError } from '../../src/kernel/errors.ts'
import type { Logger } from '../../src/kernel/log.ts'
import type { GossipPool } from './pool.ts'
import { missingInWan } from './wan-flood.ts'

/** Brings the servers of this datacenter into the WAN pool, one after the other (protocol/gossip.md §11.6). */
export class WanFlood {
  readonly #lan: GossipPool
  readonly #wan: GossipPool
  readonly #datacenter: string
  readonly #log: Logger
  #running: Promise<void> | undefined
  #again = false

  constructor(lan: GossipPool, wan: GossipPool, datacenter: string, log: Logger) {
    this.#lan = lan
    this.#wan = wan
    this.#datacenter = datacenter
    this.#log = log
  }

  /** Looks who is missing and joins them; while that is under way, a call makes it look once more afterwards. */
  run(): Promise<void> {
    this.#again = true
    this.#running ??= this.#rounds().finally(() => {
      this.#running = undefined
    })
    return this.#running
  }

  async #rounds(): Promise<void> {
    while (this.#again) {
      this.#again = false
      const missing = missingInWan(this.#lan.list(), this.#wan.list(), this.#datacenter)
      for (const [server, address] of missing) await this.#join(server, address)
    }
  }

  async #join(server: string, address: string): Promise<void> {
    try {
      await this.#wan.join([address])
      this.#log.debug('Successfully performed flood-join for server at address', { server, address })
    } catch (error) {
      if (!(error instanceof ProconsulError)) throw error
      this.#log.debug('Failed to flood-join server at address', { server, address, error: error.message })
    }
  }
}
