import { encodeConfiguration } from '../../plugins/raft/core/configuration.ts'
import type { MembershipChange } from '../../plugins/raft/core/membership.ts'
import { type Entry, entryType, type Message } from '../../plugins/raft/core/messages.ts'
import type { Output, PromptOutput, RaftCore } from '../../plugins/raft/core/raft-core.ts'
import type { CoreEvent, PlacedConfiguration } from '../../plugins/raft/core/state.ts'
import { ClientDesk, type DeskServer, refusalOf } from './client-desk.ts'
import { type DiskSnapshot, recordsOf, SimulatedDisk } from './disk.ts'
import { Machine } from './machine.ts'
import { describe, shown } from './narration.ts'
import { SimulatedProcess } from './process.ts'
import { rememberedBy } from './remembered.ts'
import type { ServerClock } from './server-clock.ts'
import type { ServerSetup } from './server-setup.ts'
import { SnapshotWork } from './snapshot-work.ts'

/**
 * One server around a core: what plugins/raft/driver.ts does, in the same order, but each piece of work is an event of the world.
 * After a crash only the disk is left.
 */
export class SimulatedServer implements DeskServer {
  readonly id: string
  readonly disk = new SimulatedDisk()
  readonly clock: ServerClock
  readonly machine: Machine
  core: RaftCore | undefined
  appliedIndex = 0
  readonly process: SimulatedProcess
  /** Where clients ask for something. */
  readonly desk: ClientDesk
  stalled = false
  readonly #setup: ServerSetup
  readonly #snapshots: SnapshotWork
  #turnScheduled = false
  #writing = false
  #announcedTerm = 0
  #timerAtMs = Number.POSITIVE_INFINITY
  #cancelTimer = () => {}

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
      diskMs: () => this.#diskMs(),
      note: (what) => this.note(what),
    })
    setup.network.attach(this.id, this)
  }

  get up(): boolean {
    return this.core !== undefined
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
    this.appliedIndex = snapshot?.meta.index ?? 0
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
    this.#turnScheduled = false
    this.#writing = false
    this.stalled = false
    this.#snapshots.forget()
    this.#announcedTerm = 0
    this.#cancelTimer()
    this.#timerAtMs = Number.POSITIVE_INFINITY
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
    return this.core?.role === 'leader' && this.#announcedTerm === this.core.term
  }

  get readsAlone(): boolean {
    return this.leads && !this.stalled && this.core!.holdsReadLease(this.clock.monotonicMs())
  }

  note(what: () => string): void {
    this.#setup.note(this.id, what)
  }

  wake(): void {
    if (this.#turnScheduled) return
    this.#turnScheduled = true
    this.process.later(0.05, () => {
      this.#turnScheduled = false
      this.#turn()
    })
  }

  #turn(): void {
    const core = this.core!
    if (!this.stalled) core.tick(this.clock.monotonicMs(), this.clock.wallMs())
    this.observe()
    if (this.#writing) this.#carryOut(core.takePrompt())
    else this.#write()
    this.#apply()
    this.#snapshots.takeIfDue(core, this.appliedIndex)
    this.#armTimer()
  }

  #write(): void {
    const core = this.core!
    const output = core.take()
    const first = output.log?.entries[0]
    if (first !== undefined) this.#setup.safety.logged(this.id, output.log!.entries, core.log.termAt(first.index - 1))
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
    const { disk } = this
    const restored = () => {
      if (install === undefined) this.#finishWrite(output)
      else this.#setup.world.hold(this.#install(install.index).then(() => this.#finishWrite(output)))
    }
    if (hardState === undefined && log === undefined) return void this.process.later(this.#diskMs(), restored)
    disk.begin({ hardState, truncateFrom: log?.truncateFrom, entries: log?.entries ?? [] })
    const life = this.life
    // The disk does its part also while the process stands still.
    this.#setup.world.after(this.#diskMs(), () => {
      if (life !== this.life) return
      if (disk.full) {
        disk.abandon()
        this.process.now(() => this.#stall(output))
        return
      }
      disk.finish()
      if (hardState !== undefined) this.#setup.safety.cast(this.id, hardState)
      this.process.now(restored)
    })
  }

  async #install(index: number): Promise<void> {
    const stored = this.disk.snapshots.find((snapshot) => snapshot.meta.index === index)
    // One that is still newer has come since, and may have pushed it out; it will be installed next.
    if (stored === undefined && this.core!.log.snapshotIndex > index) return
    if (stored === undefined) throw new Error(`${this.id}: the snapshot at ${index} is not there`)
    await this.machine.restore(recordsOf(stored))
    this.#setup.counts.installs++
    this.appliedIndex = index
  }

  /** No space: neither lead nor campaign, and try again. */
  #stall(output: Output): void {
    if (!this.stalled) {
      this.stalled = true
      this.#setup.counts.stalls++
      this.note(() => 'cannot write: the disk is full')
      this.desk.abandonWrites()
      this.core!.stepDown()
      this.observe()
    }
    this.process.later(1000, () => this.#persist(output))
    this.wake()
  }

  #finishWrite(output: Output): void {
    this.#writing = false
    this.stalled = false
    this.#written(output)
    this.#turn()
  }

  #written(output: Output): void {
    this.core!.written(output)
    this.observe()
    for (const message of output.messages) this.#send(message)
  }

  #carryOut(output: PromptOutput): void {
    for (const event of output.events) this.#onEvent(event)
    for (const message of output.prompt) this.#send(message)
    this.desk.readsSettled(output)
    for (const { peer, from } of output.loads) this.#load(peer, from)
  }

  #onEvent(event: CoreEvent): void {
    this.note(() => describe(event))
    if (event.kind === 'won') {
      this.#setup.counts.elections++
      this.#setup.safety.elected(this.id, event.term)
    }
    if (event.kind === 'role' && event.role !== 'leader') this.desk.abandonWrites()
    // Disks lose what was never promised, but not what a server acknowledged.
    if (event.kind === 'logLost') throw new Error(`${this.id} believes that ${event.peer} lost its log: it did not`)
  }

  #send(message: Message): void {
    const { network, safety } = this.#setup
    safety.said(message)
    if (message.type !== 'install') {
      network.send(message)
      return
    }
    const stored = this.disk.snapshots.find((snapshot) => snapshot.meta.index === message.snapshot.index)
    if (stored === undefined) this.process.later(1, () => this.unreachable(message.to))
    else network.send(message, stored)
  }

  #step(message: Message): void {
    this.note(() => `← ${shown(message)}`)
    const refusal = this.core!.step(message, this.clock.monotonicMs())
    if (refusal !== undefined) throw new Error(`${this.id} refuses an honest message: ${refusal}`)
    this.observe()
    this.wake()
  }

  #load(peer: string, from: number): void {
    this.process.later(this.#diskMs() / 2, () => {
      const { config } = this.#setup
      const entries = this.disk.read(from, from + config.entriesPerMessageMax - 1)
      this.core!.loaded(peer, entries.length > 0 ? entries : undefined)
      this.wake()
    })
  }

  #apply(): void {
    const core = this.core!
    const from = this.appliedIndex
    while (this.appliedIndex < core.applicableIndex) {
      const index = this.appliedIndex + 1
      const entry = core.log.slice(index, 1, Number.POSITIVE_INFINITY)?.[0] ?? this.disk.entryAt(index)
      if (entry === undefined) throw new Error(`${this.id} would apply entry ${index}, which it does not have`)
      this.#applyOne(entry)
    }
    if (this.appliedIndex === from) return
    core.applied(this.appliedIndex)
    this.machine.batchApplied()
    this.desk.answerReads()
    const leads = core.role === 'leader' && this.appliedIndex >= core.termStartIndex
    if (leads) this.#announcedTerm = core.term
  }

  #applyOne(entry: Entry): void {
    const { index, term, type, data } = entry
    const { safety } = this.#setup
    if (!this.disk.holds(index, term)) throw new Error(`${this.id} applies entry ${index}, which is not durable`)
    const command = type === entryType.command
    const result = command ? this.machine.apply(index, term, data!, null) : null
    this.appliedIndex = index
    safety.applied(this.id, entry, command ? this.machine.digest(data!, result) : '')
    if (this.desk.applied(index, term, result)) safety.acknowledged(index, term)
  }

  #diskMs(): number {
    return this.#setup.habits.diskMs * (0.5 + this.#setup.random.fraction())
  }

  observe(): void {
    this.#setup.safety.observe(this)
  }

  #armTimer(): void {
    const atMs = this.stalled ? Number.POSITIVE_INFINITY : this.core!.nextTickAtMs
    if (atMs === this.#timerAtMs) return
    this.#cancelTimer()
    this.#timerAtMs = atMs
    if (atMs === Number.POSITIVE_INFINITY) return
    const { life } = this
    this.#cancelTimer = this.clock.after(atMs - this.clock.monotonicMs(), () => {
      if (life !== this.life) return
      this.#timerAtMs = Number.POSITIVE_INFINITY
      this.process.now(() => this.#turn())
    })
  }
}
