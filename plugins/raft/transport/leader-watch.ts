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

/**
 * Notices the end of a leader's process at once instead of after the heartbeat timeout. The operating system closes a dead
 * process's connections and refuses new ones, and that says more than silence does. It is a hint only: what follows is a
 * pre-vote, which every server refuses that still hears the leader (Raft thesis §9.6).
 */
export class LeaderWatch {
  readonly #setup: LeaderWatchSetup
  /** Ends each watch that is under way. */
  readonly #watches = new Set<() => void>()

  constructor(setup: LeaderWatchSetup) {
    this.#setup = setup
  }

  /**
   * A connection by which `id` led was closed by the other side. A process that lives keeps a new one open, for as long as it may take
   * to be heard again.
   */
  disconnected(id: string): void {
    const { clock, silenceMs, localAddress, addressOf } = this.#setup
    const address = addressOf(id)
    if (address === undefined || this.#setup.followed()?.id !== id) return
    const sinceMs = clock.monotonicMs()
    let watching = true
    const socket = dial(address, localAddress, {
      connected: () => socket?.write(Buffer.of(raftByte)),
      data: () => {},
      drained: () => {},
      ended: () => watching && this.#decide(id, sinceMs),
    })
    const end = () => {
      watching = false
      cancel()
      socket?.destroy()
      this.#watches.delete(end)
    }
    const cancel = clock.after(silenceMs, () => {
      end()
      this.#decide(id, sinceMs)
    })
    this.#watches.add(end)
  }

  close(): void {
    for (const end of this.#watches) end()
  }

  #decide(id: string, sinceMs: number): void {
    const followed = this.#setup.followed()
    // It may have come back on another connection, or another may lead by now.
    if (followed?.id === id && followed.heardAtMs <= sinceMs) this.#setup.gone(id)
  }
}
