import type { AppendRequest, Message } from '../../plugins/raft/core/messages.ts'
import type { Output, PromptOutput } from '../../plugins/raft/core/raft-core.ts'
import type { CoreEvent } from '../../plugins/raft/core/state.ts'
import type { AppliedLog, ApplyingServer } from './applied-log.ts'
import { describe } from './narration.ts'
import type { SimulatedProcess } from './process.ts'
import type { ServerClock } from './server-clock.ts'
import type { ServerSetup } from './server-setup.ts'
import type { SnapshotWork } from './snapshot-work.ts'

/** The server that takes turns. */
export interface TurningServer extends ApplyingServer {
  readonly clock: ServerClock
  readonly process: SimulatedProcess
  /** Counts its lives: work of an earlier one is dropped. */
  readonly life: number
  /** How long the next write takes. */
  diskMs(): number
  note(what: () => string): void
  observe(): void
  /** A message did not get through. */
  unreachable(peer: string): void
}

/** What plugins/raft/driver-loop.ts does, in the same order, but each piece of work is an event of the world. */
export class ServerTurns {
  /** It cannot write. */
  stalled = false
  readonly #server: TurningServer
  readonly #setup: ServerSetup
  readonly #applied: AppliedLog
  readonly #snapshots: SnapshotWork
  #scheduled = false
  #writing = false
  #timerAtMs = Number.POSITIVE_INFINITY
  #cancelTimer = () => {}

  constructor(server: TurningServer, setup: ServerSetup, applied: AppliedLog, snapshots: SnapshotWork) {
    this.#server = server
    this.#setup = setup
    this.#applied = applied
    this.#snapshots = snapshots
  }

  /** What comes in until then is carried out together. */
  wake(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    this.#server.process.later(0.05, () => {
      this.#scheduled = false
      this.#turn()
    })
  }

  /** The process ended. */
  forget(): void {
    this.#scheduled = false
    this.#writing = false
    this.stalled = false
    this.#cancelTimer()
    this.#timerAtMs = Number.POSITIVE_INFINITY
  }

  #turn(): void {
    const core = this.#server.core!
    if (!this.stalled) core.tick(this.#server.clock.monotonicMs(), this.#server.clock.wallMs())
    this.#server.observe()
    if (this.#writing) this.#carryOut(core.takePrompt())
    else this.#write()
    this.#applied.run()
    this.#snapshots.takeIfDue(core, this.#applied.index)
    this.#armTimer()
  }

  #write(): void {
    const core = this.#server.core!
    const output = core.take(this.#setup.entriesPerWriteMax)
    if ((output.log?.entries.at(-1)?.index ?? core.log.lastIndex) < core.log.lastIndex)
      this.#setup.counts.dividedWrites++
    const first = output.log?.entries[0]
    if (first !== undefined)
      this.#setup.safety.logged(this.#server.id, output.log!.entries, core.log.termAt(first.index - 1))
    this.#carryOut(output)
    const { hardState, log, install } = output
    if (hardState === undefined && log === undefined && install === undefined) this.#written(output)
    else {
      this.#writing = true
      this.#persist(output)
    }
  }

  #persist(output: Output): void {
    const { hardState, log, install } = output
    const { disk } = this.#server
    const restored = () => {
      if (install === undefined) this.#finishWrite(output)
      else this.#setup.world.hold(this.#applied.install(install.index).then(() => this.#finishWrite(output)))
    }
    if (hardState === undefined && log === undefined)
      return void this.#server.process.later(this.#server.diskMs(), restored)
    disk.begin({ hardState, truncateFrom: log?.truncateFrom, entries: log?.entries ?? [] })
    const life = this.#server.life
    // The disk does its part also while the process stands still.
    this.#setup.world.after(this.#server.diskMs(), () => {
      if (life !== this.#server.life) return
      if (disk.full) {
        disk.abandon()
        this.#server.process.now(() => this.#stall(output))
        return
      }
      disk.finish()
      if (hardState !== undefined) this.#setup.safety.cast(this.#server.id, hardState)
      this.#server.process.now(restored)
    })
  }

  /** No space: neither lead nor campaign, and try again. */
  #stall(output: Output): void {
    if (!this.stalled) {
      this.stalled = true
      this.#setup.counts.stalls++
      this.#server.note(() => 'cannot write: the disk is full')
      this.#server.desk.abandonWrites()
      this.#server.core!.stepDown()
      this.#server.observe()
    }
    this.#server.process.later(1000, () => this.#persist(output))
    this.wake()
  }

  #finishWrite(output: Output): void {
    this.#writing = false
    this.stalled = false
    this.#written(output)
    this.#turn()
  }

  #written(output: Output): void {
    this.#server.core!.written(output)
    this.#server.observe()
    for (const message of output.messages) this.#send(message)
  }

  #carryOut(output: PromptOutput): void {
    for (const event of output.events) this.#onEvent(event)
    for (const message of output.prompt) this.#send(message)
    this.#server.desk.readsSettled(output)
    for (const { peer, from } of output.loads) this.#load(peer, from)
  }

  #onEvent(event: CoreEvent): void {
    this.#server.note(() => describe(event))
    if (event.kind === 'won') {
      this.#setup.counts.elections++
      this.#setup.safety.elected(this.#server.id, event.term)
    }
    if (event.kind === 'role' && event.role !== 'leader') this.#server.desk.abandonWrites()
    // Disks lose what was never promised, but not what a server acknowledged.
    if (event.kind === 'logLost')
      throw new Error(`${this.#server.id} believes that ${event.peer} lost its log: it did not`)
  }

  #send(message: Message): void {
    const { network, safety } = this.#setup
    if (message.type === 'append') this.#repeat(message)
    safety.said(message)
    if (message.type !== 'install') {
      network.send(message)
      return
    }
    const stored = this.#server.disk.snapshots.find((snapshot) => snapshot.meta.index === message.snapshot.index)
    if (stored === undefined) this.#server.process.later(1, () => this.#server.unreachable(message.to))
    else network.send(message, stored)
  }

  /**
   * What a leader may send that looks for where the logs agree from further back than ours does, as those of Consul do: entries that
   * the follower may have, and a commit index beyond them.
   */
  #repeat(message: AppendRequest): void {
    const { habits, random, network, safety, config, counts } = this.#setup
    const { prevIndex } = message
    if (habits.repeats === 0 || prevIndex < 2 || random.fraction() >= habits.repeats) return
    const { log } = this.#server.core!
    const from = 1 + random.below(prevIndex - 1)
    const prevTerm = log.termAt(from)
    const entries = log.slice(from + 1, config.entriesPerMessageMax, config.sizeBytesPerMessageMax)
    if (prevTerm === undefined || entries === undefined) return
    const upTo = from + entries.length
    const repeated: AppendRequest = {
      ...message,
      prevIndex: from,
      prevTerm,
      entries,
      echo: { ...message.echo, prevIndex: from, upTo },
    }
    counts.repeats++
    safety.said(repeated)
    network.send(repeated)
  }

  #load(peer: string, from: number): void {
    this.#server.process.later(this.#server.diskMs() / 2, () => {
      const { config } = this.#setup
      const entries = this.#server.disk.read(from, from + config.entriesPerMessageMax - 1)
      this.#server.core!.loaded(peer, entries.length > 0 ? entries : undefined)
      this.wake()
    })
  }

  #armTimer(): void {
    const atMs = this.stalled ? Number.POSITIVE_INFINITY : this.#server.core!.nextTickAtMs
    if (atMs === this.#timerAtMs) return
    this.#cancelTimer()
    this.#timerAtMs = atMs
    if (atMs === Number.POSITIVE_INFINITY) return
    const { life } = this.#server
    this.#cancelTimer = this.#server.clock.after(atMs - this.#server.clock.monotonicMs(), () => {
      if (life !== this.#server.life) return
      this.#timerAtMs = Number.POSITIVE_INFINITY
      this.#server.process.now(() => this.#turn())
    })
  }
}
