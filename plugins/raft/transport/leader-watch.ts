import type { Clock } from '../../../src/kernel/clock.ts'
import { dial } from './dial.ts'
import { raftByte } from './lane.ts'

export interface LeaderWatchSetup {
  readonly clock: Clock
  readonly localAddress: string | undefined
  /** Time without a sign of life after which a leader whose connection broke counts as gone. */
  readonly silenceMs: number
  addressOf(id: string): string | undefined
  /** The leader this server follows, and when it was last heard. */
  followed(): { readonly id: string; readonly heardAtMs: number } | undefined
  /** The leader is gone as far as can be told from here. */
  gone(id: string): void
}

/** A process that lives keeps a new connection open for at least this long. */
const staysOpenMs = 100

/**
 * Notices the end of a leader's process at once instead of after the heartbeat timeout. The operating system closes a dead
 * process's connections and refuses new ones, and that says more than silence does. It is a hint only: what follows is a
 * pre-vote, which every server refuses that still hears the leader (Raft thesis §9.6).
 */
export class LeaderWatch {
  readonly #setup: LeaderWatchSetup
  readonly #cancels = new Set<() => void>()

  constructor(setup: LeaderWatchSetup) {
    this.#setup = setup
  }

  /** A connection that brought heartbeats of `id` was closed by the other side. */
  disconnected(id: string): void {
    const { clock, silenceMs, addressOf } = this.#setup
    const address = addressOf(id)
    if (address === undefined || this.#setup.followed()?.id !== id) return
    const sinceMs = clock.monotonicMs()
    this.#after(silenceMs, () => this.#decide(id, sinceMs))
    let refused = false
    const socket = dial(address, this.#setup.localAddress, {
      connected: () => socket?.write(Buffer.of(raftByte)),
      data: () => {},
      drained: () => {},
      ended: () => {
        if (!refused) this.#decide(id, sinceMs)
        refused = true
      },
    })
    const give = () => {
      refused = true
      socket?.destroy()
    }
    this.#after(staysOpenMs, give)
  }

  close(): void {
    for (const cancel of this.#cancels) cancel()
    this.#cancels.clear()
  }

  #decide(id: string, sinceMs: number): void {
    const followed = this.#setup.followed()
    // It may have come back on another connection, or another may lead by now.
    if (followed?.id === id && followed.heardAtMs <= sinceMs) this.#setup.gone(id)
  }

  #after(delayMs: number, run: () => void): void {
    const cancel = this.#setup.clock.after(delayMs, () => {
      this.#cancels.delete(cancel)
      run()
    })
    this.#cancels.add(cancel)
  }
}
