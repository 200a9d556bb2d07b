import type { Clock } from '../../src/kernel/clock.ts'
import type { Logger } from '../../src/kernel/log.ts'
import type { Member } from '../gossip/contract.ts'
import type { Server } from './contract.ts'
import { type GatheringRules, gather } from './gathering.ts'

export interface ExpectationSetup extends GatheringRules {
  /** Id of this server. */
  readonly self: string
  readonly clock: Clock
  readonly log: Logger
  members(): readonly Member[]
  /** True while this server has no log: it was never part of a cluster. */
  isBlank(): boolean
  /** Addresses of the servers in the membership that the server at `address` knows; rejects when it cannot be asked. */
  peersOf(address: string, signal: AbortSignal): Promise<readonly string[]>
  /** Writes that membership as the first entry of the log, unless there is one by now. */
  begin(servers: readonly Server[]): void
}

/** A server is asked so often, after pauses of 1, 2, 4 … s (protocol/servers.md §11.1). */
const triesMax = 6
const firstPauseMs = 1000

/**
 * Begins a cluster together with others, once as many servers as expected are there. Each of them looks and writes the same
 * membership by itself, so none depends on another; and each first asks all others whether they are in a cluster already, so that
 * a server with an empty disk joins that one instead.
 */
export class Expectation {
  readonly #setup: ExpectationSetup
  readonly #end = new AbortController()
  #checking = false
  #again = false
  /** What was said last: members come and go often, and the reason to wait stays the same. */
  #said = ''

  constructor(setup: ExpectationSetup) {
    this.#setup = setup
  }

  /** A member came or changed. */
  check(): void {
    if (this.#end.signal.aborted) return
    if (this.#checking) {
      this.#again = true
      return
    }
    this.#checking = true
    this.#check()
      .catch((error) => this.#end.signal.aborted || this.#setup.log.error('bootstrap failed', { error }))
      .finally(() => {
        this.#checking = false
        if (!this.#again) return
        this.#again = false
        this.check()
      })
  }

  /** Looks no more, and gives up what it is asking. */
  close(): void {
    this.#end.abort(new Error('this server looks no more for others to begin a cluster with'))
  }

  async #check(): Promise<void> {
    const { members, isBlank, begin, log, self, expect } = this.#setup
    if (!isBlank()) return this.close()
    const found = gather(members(), this.#setup)
    if (found.kind === 'incomplete')
      return this.#say('info', 'waiting for servers to begin a cluster with', { found: found.found, expect })
    if (found.kind === 'conflict')
      return this.#say(found.harm ? 'error' : 'warn', `a server ${found.why}`, { member: found.member })
    const { servers } = found
    const others = servers.filter(({ id }) => id !== self)
    // One that was taken for dead, or has another id than it tells, would begin without itself.
    if (others.length === servers.length) return
    const answers = await Promise.all(others.map((server) => this.#peersOf(server)))
    const known = answers.findIndex((peers) => peers.length > 0)
    if (known >= 0) {
      // Their leader takes this server in. When there is none, these words say whose data directory is in the way.
      log.info('existing Raft peers reported, disabling bootstrap mode', {
        server: others[known]!.address,
        peers: answers[known]!.join(','),
      })
      return this.close()
    }
    log.info('found expected number of peers, attempting bootstrap', {
      peers: servers.map(({ address }) => address).join(','),
    })
    if (isBlank()) begin(servers)
    this.close()
  }

  /** Empty as well when it cannot be asked: then it is in no cluster that this one could join. */
  async #peersOf({ address }: Server): Promise<readonly string[]> {
    const { peersOf, log } = this.#setup
    for (let tries = 1; ; tries++) {
      try {
        return await peersOf(address, this.#end.signal)
      } catch (error) {
        this.#end.signal.throwIfAborted()
        if (tries === triesMax) return []
        const pauseMs = firstPauseMs * 2 ** (tries - 1)
        log.warn('failed to confirm peer status, retrying', {
          server: address,
          'retry-interval': `${pauseMs}ms`,
          error,
        })
        await this.#pause(pauseMs)
      }
    }
  }

  #pause(pauseMs: number): Promise<void> {
    const { signal } = this.#end
    return new Promise((resolve, reject) => {
      const cancel = this.#setup.clock.after(pauseMs, resolve)
      signal.addEventListener(
        'abort',
        () => {
          cancel()
          reject(signal.reason)
        },
        { once: true },
      )
    })
  }

  #say(level: 'info' | 'warn' | 'error', message: string, about: Record<string, string | number>): void {
    const text = message + JSON.stringify(about)
    if (text === this.#said) return
    this.#said = text
    this.#setup.log[level](message, about)
  }
}
