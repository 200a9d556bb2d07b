import { encodeConfiguration } from '../../plugins/raft/core/configuration.ts'
import type { MembershipChange } from '../../plugins/raft/core/membership.ts'
import { entryType, type Message } from '../../plugins/raft/core/messages.ts'
import type { RaftCore } from '../../plugins/raft/core/raft-core.ts'
import type { PlacedConfiguration } from '../../plugins/raft/core/state.ts'
import { AppliedLog } from './applied-log.ts'
import { ClientDesk, type DeskServer, refusalOf } from './client-desk.ts'
import { type DiskSnapshot, recordsOf, SimulatedDisk } from './disk.ts'
import { Machine } from './machine.ts'
import { shown } from './narration.ts'
import { SimulatedProcess } from './process.ts'
import { rememberedBy } from './remembered.ts'
import type { ServerClock } from './server-clock.ts'
import type { ServerSetup } from './server-setup.ts'
import { ServerTurns } from './server-turns.ts'
import { SnapshotWork } from './snapshot-work.ts'

/**
 * One server around a core: its life, and what others ask of it, each an event of the world. What it does about that is in
 * its turns. After a crash only the disk is left.
 */
export class SimulatedServer implements DeskServer {
  readonly id: string
  readonly disk = new SimulatedDisk()
  readonly clock: ServerClock
  readonly machine: Machine
  core: RaftCore | undefined
  readonly process: SimulatedProcess
  /** Where clients ask for something. */
  readonly desk: ClientDesk
  readonly #setup: ServerSetup
  readonly #snapshots: SnapshotWork
  readonly #applied: AppliedLog
  readonly #turns: ServerTurns

  constructor(setup: ServerSetup) {
    this.#setup = setup
    this.id = setup.config.id
    this.clock = setup.clock
    this.machine = new Machine(setup.clock, setup.random)
    this.process = new SimulatedProcess(setup.world)
    this.desk = new ClientDesk(this, setup)
    this.#snapshots = new SnapshotWork({
      ...setup,
      process: this.process,
      disk: this.disk,
      machine: this.machine,
      diskMs: () => this.diskMs(),
      note: (what) => this.note(what),
    })
    this.#applied = new AppliedLog(this, setup)
    this.#turns = new ServerTurns(this, setup, this.#applied, this.#snapshots)
    setup.network.attach(this.id, this)
  }

  get up(): boolean {
    return this.core !== undefined
  }

  get appliedIndex(): number {
    return this.#applied.index
  }

  get stalled(): boolean {
    return this.#turns.stalled
  }

  get paused(): boolean {
    return this.process.paused
  }

  get life(): number {
    return this.process.life
  }

  /** The membership this server starts with, before any log. */
  format(servers: PlacedConfiguration['servers']): void {
    const data = encodeConfiguration(servers)
    const entry = { index: 1, term: 1, type: entryType.configuration, data, extensions: null, appendedAtMs: 0 } as const
    this.disk.begin({ hardState: { term: 1, votedFor: undefined }, entries: [entry] })
    this.disk.finish()
  }

  start(): void {
    const { config, newCore, random, habits, world } = this.#setup
    const { disk, clock } = this
    this.process.start()
    this.#setup.counts.starts++
    const remembered = rememberedBy(this.id, disk, habits.tailOnStart)
    const { hardState, log } = remembered
    const snapshot = disk.snapshots[0]
    this.machine.forget()
    this.#applied.startAt(snapshot?.meta.index ?? 0)
    if (snapshot !== undefined) world.hold(this.machine.restore(recordsOf(snapshot)))
    this.core = new newCore(config, remembered, random, clock.monotonicMs(), clock.wallMs())
    this.note(() => `starts: term ${hardState.term}, log ${log.firstIndex} to ${log.lastIndex}`)
    this.wake()
  }

  /** The process ends. With `power` the machine goes down too, so that writes under way may be torn. */
  crash(): void {
    if (!this.up) return
    this.process.end()
    const write = this.disk.crash(this.#setup.random)
    if (write === 'torn') this.#setup.counts.tornWrites++
    if (write === 'whole') this.#setup.counts.unacknowledgedWrites++
    this.note(() => `crashes${write === 'idle' ? '' : `, its write ${write}`}`)
    this.core = undefined
    this.#turns.forget()
    this.#snapshots.forget()
    this.#applied.forget()
    this.desk.forget()
  }

  pause(): void {
    if (this.up) this.process.pause()
  }

  resume(): void {
    this.process.resume()
  }

  receive(message: Message, snapshot: DiskSnapshot | undefined): void {
    if (!this.up) return
    this.process.now(() => {
      if (snapshot === undefined || message.type !== 'install') this.#step(message)
      else this.#snapshots.store(snapshot, () => this.#step(message))
    })
  }

  unreachable(peer: string): void {
    if (!this.up) return
    this.process.now(() => {
      this.core!.unreachable(peer)
      this.wake()
    })
  }

  changeMembership(change: MembershipChange): void {
    if (!this.up) return
    this.process.now(() =>
      this.desk.propose(
        (core) => core.changeMembership(change),
        () => {},
      ),
    )
  }

  transferLeadership(target?: string): void {
    if (!this.up) return
    this.process.now(() => {
      if (this.stalled) return
      const refusal = refusalOf(() => this.core!.transferLeadership(target))
      this.note(() => refusal ?? `hands over to ${target ?? 'whoever has most'}`)
      this.wake()
    })
  }

  /** A connection broke, and this server takes it for the end of the leader's process, rightly or not. */
  leaderLost(leader: string): void {
    if (!this.up) return
    this.process.now(() => {
      if (this.core!.leader === leader) this.#setup.counts.alarms++
      this.core!.leaderLost(leader, this.clock.monotonicMs())
      this.wake()
    })
  }

  /** Leads, and has applied all that was acknowledged by leaders before. */
  get leads(): boolean {
    return this.core?.role === 'leader' && this.#applied.announcedTerm === this.core.term
  }

  get readsAlone(): boolean {
    return this.leads && !this.stalled && this.core!.holdsReadLease(this.clock.monotonicMs())
  }

  note(what: () => string): void {
    this.#setup.note(this.id, what)
  }

  wake(): void {
    this.#turns.wake()
  }

  observe(): void {
    this.#setup.safety.observe(this)
  }

  diskMs(): number {
    return this.#setup.habits.diskMs * (0.5 + this.#setup.random.fraction())
  }

  #step(message: Message): void {
    this.note(() => `← ${shown(message)}`)
    const refusal = this.core!.step(message, this.clock.monotonicMs())
    if (refusal !== undefined) throw new Error(`${this.id} refuses an honest message: ${refusal}`)
    this.observe()
    this.wake()
  }
}
