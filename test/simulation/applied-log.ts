import { type Entry, entryType } from '../../plugins/raft/core/messages.ts'
import type { RaftCore } from '../../plugins/raft/core/raft-core.ts'
import type { ClientDesk } from './client-desk.ts'
import { recordsOf, type SimulatedDisk } from './disk.ts'
import type { Machine } from './machine.ts'
import type { ServerSetup } from './server-setup.ts'

/** The server whose log is applied. */
export interface ApplyingServer {
  readonly id: string
  readonly core: RaftCore | undefined
  readonly disk: SimulatedDisk
  readonly machine: Machine
  readonly desk: ClientDesk
}

/** What of the log has reached the state: as plugins/raft/applier.ts, and a snapshot of the leader's in its place. */
export class AppliedLog {
  readonly #server: ApplyingServer
  readonly #setup: ServerSetup
  #index = 0
  #announcedTerm = 0

  constructor(server: ApplyingServer, setup: ServerSetup) {
    this.#server = server
    this.#setup = setup
  }

  get index(): number {
    return this.#index
  }

  /** The term that this server leads, or led last, having applied all that was acknowledged by leaders before. */
  get announcedTerm(): number {
    return this.#announcedTerm
  }

  /** A new life begins with the state of a snapshot. */
  startAt(index: number): void {
    this.#index = index
  }

  /** The process ended. */
  forget(): void {
    this.#announcedTerm = 0
  }

  /** Applies what may be applied now. */
  run(): void {
    const core = this.#server.core!
    const from = this.#index
    while (this.#index < core.applicableIndex) {
      const index = this.#index + 1
      const entry = core.log.slice(index, 1, Number.POSITIVE_INFINITY)?.[0] ?? this.#server.disk.entryAt(index)
      if (entry === undefined) throw new Error(`${this.#server.id} would apply entry ${index}, which it does not have`)
      this.#applyOne(entry)
    }
    if (this.#index === from) return
    core.applied(this.#index)
    this.#server.machine.batchApplied()
    this.#server.desk.answerReads()
    const leads = core.role === 'leader' && this.#index >= core.termStartIndex
    if (leads) this.#announcedTerm = core.term
  }

  #applyOne(entry: Entry): void {
    const { index, term, type, data } = entry
    const { safety } = this.#setup
    if (!this.#server.disk.holds(index, term))
      throw new Error(`${this.#server.id} applies entry ${index}, which is not durable`)
    const command = type === entryType.command
    const result = command ? this.#server.machine.apply(index, term, data!, null) : null
    this.#index = index
    safety.applied(this.#server.id, entry, command ? this.#server.machine.digest(data!, result) : '')
    if (this.#server.desk.applied(index, term, result)) safety.acknowledged(index, term)
  }

  /** The state is replaced by the snapshot at `index`. */
  async install(index: number): Promise<void> {
    const stored = this.#server.disk.snapshots.find((snapshot) => snapshot.meta.index === index)
    // One that is still newer has come since, and may have pushed it out; it will be installed next.
    if (stored === undefined && this.#server.core!.log.snapshotIndex > index) return
    if (stored === undefined) throw new Error(`${this.#server.id}: the snapshot at ${index} is not there`)
    await this.#server.machine.restore(recordsOf(stored))
    this.#setup.counts.installs++
    this.#index = index
  }
}
