import { encodeConfiguration } from '../../plugins/raft/core/configuration.ts'
import type { RaftCore } from '../../plugins/raft/core/raft-core.ts'
import type { DiskSnapshot, SimulatedDisk } from './disk.ts'
import type { Machine } from './machine.ts'
import type { SimulatedProcess } from './process.ts'
import type { ServerHabits } from './server-setup.ts'

export interface SnapshotWorkSetup {
  readonly process: SimulatedProcess
  readonly disk: SimulatedDisk
  readonly machine: Machine
  readonly habits: ServerHabits
  readonly counts: { snapshots: number }
  /** How long the next write takes. */
  readonly diskMs: () => number
  readonly note: (what: () => string) => void
}

/** What a server does beside its turns: it takes snapshots of its own, and stores those that a leader sends. */
export class SnapshotWork {
  readonly #setup: SnapshotWorkSetup
  #taking = false
  #storing = false

  constructor(setup: SnapshotWorkSetup) {
    this.#setup = setup
  }

  /** The process ended. */
  forget(): void {
    this.#taking = false
    this.#storing = false
  }

  /** As SnapshotKeeper: a frozen view now, its records written while entries apply, then the log behind it dropped. */
  takeIfDue(core: RaftCore, appliedIndex: number): void {
    const { process, disk, machine, habits, counts, diskMs, note } = this.#setup
    const last = disk.snapshots[0]?.meta.index ?? 0
    if (this.#taking || core.installing || disk.full) return
    if (appliedIndex - last < habits.snapshotEntries) return
    const index = appliedIndex
    const term = core.log.termAt(index)!
    this.#taking = true
    const inForce = core.configurationAt(index)
    const configuration = encodeConfiguration(inForce.servers)
    const meta = { index, term, configuration, configurationIndex: inForce.index }
    const { records } = machine.snapshot()
    process.later(3 * diskMs(), () => {
      this.#taking = false
      if (index <= (disk.snapshots[0]?.meta.index ?? 0)) return
      counts.snapshots++
      disk.store({ meta, records: [...records] })
      const firstIndex = Math.max(1, Math.min(index, core.log.lastIndex - habits.trailingEntries) + 1)
      core.compacted({ index, term }, firstIndex)
      note(() => `snapshot at ${index}, log from ${firstIndex}`)
      this.#compact(firstIndex)
    })
  }

  /** Stores a snapshot of the leader's before the core hears of it; one at a time, others are lost. */
  store(snapshot: DiskSnapshot, stored: () => void): void {
    const { process, disk, diskMs } = this.#setup
    if (this.#storing || disk.full) return
    this.#storing = true
    process.later(2 * diskMs(), () => {
      this.#storing = false
      const { index } = snapshot.meta
      if (disk.snapshots.every(({ meta }) => meta.index !== index)) disk.store(snapshot)
      stored()
    })
  }

  /** In two pieces, since a crash may come between. */
  #compact(firstIndex: number): void {
    const { process, disk, diskMs } = this.#setup
    const first = disk.entries[0]?.index ?? firstIndex
    const half = Math.floor((first + firstIndex) / 2)
    process.later(diskMs(), () => {
      disk.compact(half)
      process.later(diskMs(), () => {
        disk.compact(firstIndex)
        disk.snapshots.length = Math.min(disk.snapshots.length, 2)
      })
    })
  }
}
