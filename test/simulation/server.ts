import { decodeConfiguration, encodeConfiguration } from '../../plugins/raft/core/configuration.ts'
import type { MembershipChange } from '../../plugins/raft/core/membership.ts'
import { type Entry, entryType, type Message } from '../../plugins/raft/core/messages.ts'
import type { Output, PromptOutput, RaftCore } from '../../plugins/raft/core/raft-core.ts'
import type { CoreConfig, CoreEvent, PlacedConfiguration } from '../../plugins/raft/core/state.ts'
import { checkRecovered } from '../../plugins/raft/storage/recovery.ts'
import type { Random } from '../../src/kernel/random.ts'
import type { SafetyChecker } from './checkers/safety.ts'
import type { ClientPort, Found, Outcome } from './client-port.ts'
import { type DiskSnapshot, SimulatedDisk } from './disk.ts'
import { Machine } from './machine.ts'
import { describe, shown } from './narration.ts'
import type { SimulatedNetwork } from './network.ts'
import { PendingRequests } from './pending-requests.ts'
import type { ServerClock } from './server-clock.ts'
import type { World } from './world.ts'

/** How long things take on a server. */
export interface ServerHabits {
  /** One transaction made durable. */
  diskMs: number
  /** Applied entries that make a snapshot worth while, and entries kept behind it. */
  readonly snapshotEntries: number
  readonly trailingEntries: number
  /** Entries that a start brings into memory, so that older ones have to be read from the disk. */
  readonly tailOnStart: number
}

export interface ServerSetup {
  readonly config: CoreConfig
  readonly newCore: new (...args: ConstructorParameters<typeof RaftCore>) => RaftCore
  readonly world: World
  readonly clock: ServerClock
  readonly random: Random
  readonly network: SimulatedNetwork
  readonly safety: SafetyChecker
  readonly habits: ServerHabits
  readonly counts: ServerCounts
  readonly note: (server: string, what: () => string) => void
}

/** What happened on servers, for the report. */
export function serverCounts() {
  return {
    starts: 0,
    tornWrites: 0,
    unacknowledgedWrites: 0,
    elections: 0,
    snapshots: 0,
    installs: 0,
    reads: 0,
    leasedReads: 0,
    alarms: 0,
    stalls: 0,
  }
}

export type ServerCounts = ReturnType<typeof serverCounts>

/**
 * One server around a core: what plugins/raft/driver.ts does, in the same order, but each piece of work is an event of the world.
 * After a crash only the disk is left.
 */
export class SimulatedServer implements ClientPort {
  readonly id: string
  readonly disk = new SimulatedDisk()
  readonly clock: ServerClock
  readonly machine: Machine
  core: RaftCore | undefined
  appliedIndex = 0
  /** Counts starts and ends; work of an earlier life is dropped. */
  life = 0
  readonly #setup: ServerSetup
  /** Work that fell due while the process was stopped. */
  #backlog: (() => void)[] | undefined
  #turnScheduled = false
  #writing = false
  #stalled = false
  #installing = false
  #snapshotting = false
  #announcedTerm = 0
  #timerAtMs = Number.POSITIVE_INFINITY
  #cancelTimer = () => {}
  readonly #pending = new PendingRequests()

  constructor(setup: ServerSetup) {
    this.#setup = setup
    this.id = setup.config.id
    this.clock = setup.clock
    this.machine = new Machine(setup.clock, setup.random)
    setup.network.attach(this.id, this)
  }

  get up(): boolean {
    return this.core !== undefined
  }

  get paused(): boolean {
    return this.#backlog !== undefined
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
    this.life++
    this.#setup.counts.starts++
    const found = {
      hardState: disk.hardState,
      log: disk.logState(habits.tailOnStart),
      configurations: disk.configurations,
      snapshots: [],
    }
    const { hardState, log, configurations } = checkRecovered(this.id, found)
    if (log.lastIndex === log.snapshotIndex && log.firstIndex > log.lastIndex) disk.entries = []
    const snapshot = disk.snapshots[0]
    const placed: PlacedConfiguration[] = configurations
      .filter((entry) => entry.index > (snapshot?.meta.configurationIndex ?? 0))
      .map((entry) => ({ index: entry.index, servers: decodeConfiguration(entry.data!) }))
    if (snapshot !== undefined) {
      const { configurationIndex, configuration } = snapshot.meta
      placed.unshift({ index: configurationIndex, servers: decodeConfiguration(configuration) })
    }
    this.machine.forget()
    this.appliedIndex = snapshot?.meta.index ?? 0
    if (snapshot !== undefined) world.hold(this.machine.restore(recordsOf(snapshot)))
    const remembered = { hardState, log, configurations: placed }
    this.core = new newCore(config, remembered, random, clock.monotonicMs(), clock.wallMs())
    this.#note(() => `starts: term ${hardState.term}, log ${log.firstIndex} to ${log.lastIndex}`)
    this.#wake()
  }

  /** The process ends. With `power` the machine goes down too, so that writes under way may be torn. */
  crash(): void {
    if (!this.up) return
    this.life++
    const write = this.disk.crash(this.#setup.random)
    if (write === 'torn') this.#setup.counts.tornWrites++
    if (write === 'whole') this.#setup.counts.unacknowledgedWrites++
    this.#note(() => `crashes${write === 'idle' ? '' : `, its write ${write}`}`)
    this.core = undefined
    this.#backlog = undefined
    this.#turnScheduled = false
    this.#writing = false
    this.#stalled = false
    this.#installing = false
    this.#snapshotting = false
    this.#announcedTerm = 0
    this.#cancelTimer()
    this.#timerAtMs = Number.POSITIVE_INFINITY
    this.#pending.forget()
  }

  /** The process is stopped (SIGSTOP, a machine that swaps): everything waits, but for time and the disk. */
  pause(): void {
    if (this.up) this.#backlog ??= []
  }

  resume(): void {
    const backlog = this.#backlog
    this.#backlog = undefined
    for (const run of backlog ?? []) run()
  }

  receive(message: Message, snapshot: DiskSnapshot | undefined): void {
    if (!this.up) return
    this.#now(() => {
      if (snapshot === undefined || message.type !== 'install') this.#step(message)
      else this.#fetch(message, snapshot)
    })
  }

  unreachable(peer: string): void {
    if (!this.up) return
    this.#now(() => {
      this.core!.unreachable(peer)
      this.#wake()
    })
  }

  write(data: Buffer, done: (outcome: Outcome<unknown>) => void): void {
    if (!this.up) return
    const draft = { type: entryType.command, data, extensions: null, appendedAtMs: this.clock.wallMs() }
    this.#now(() => this.#propose(() => this.core!.propose(draft), done))
  }

  changeMembership(change: MembershipChange): void {
    if (!this.up) return
    this.#now(() =>
      this.#propose(
        () => this.core!.changeMembership(change),
        () => {},
      ),
    )
  }

  transferLeadership(target?: string): void {
    if (!this.up) return
    this.#now(() => {
      if (this.#stalled) return
      const refusal = refusalOf(() => this.core!.transferLeadership(target))
      this.#note(() => refusal ?? `hands over to ${target ?? 'whoever has most'}`)
      this.#wake()
    })
  }

  read(key: string, by: 'round' | 'lease', done: (outcome: Outcome<Found>) => void): void {
    if (!this.up) return
    this.#now(() => {
      if (this.#stalled) done({ kind: 'refused', reason: 'stalled' })
      else if (by === 'lease' && this.readsAlone) {
        this.#setup.counts.leasedReads++
        this.#setup.safety.readAlone(this.id, this.core!.term)
        done({ kind: 'done', result: this.machine.read(key) })
      } else this.#read(key, done)
    })
  }

  /** A connection broke, and this server takes it for the end of the leader's process, rightly or not. */
  leaderLost(leader: string): void {
    if (!this.up) return
    this.#now(() => {
      if (this.core!.leader === leader) this.#setup.counts.alarms++
      this.core!.leaderLost(leader, this.clock.monotonicMs())
      this.#wake()
    })
  }

  get leader(): string | undefined {
    return this.core?.leader
  }

  /** Leads, and has applied all that was acknowledged by leaders before. */
  get leads(): boolean {
    return this.core?.role === 'leader' && this.#announcedTerm === this.core.term
  }

  get readsAlone(): boolean {
    return this.leads && !this.#stalled && this.core!.holdsReadLease(this.clock.monotonicMs())
  }

  #read(key: string, done: (outcome: Outcome<Found>) => void): void {
    const token = this.#pending.newToken()
    const refusal = refusalOf(() => this.core!.requestRead(token))
    if (refusal === undefined) {
      this.#pending.asked(token, { key, done })
      this.#wake()
    } else done({ kind: 'refused', reason: refusal })
  }

  /** Runs work of this life now, or when the process goes on. */
  #now(run: () => void): void {
    if (this.#backlog === undefined) run()
    else this.#backlog.push(run)
  }

  #later(delayMs: number, run: () => void): () => void {
    const life = this.life
    return this.#setup.world.after(delayMs, () => {
      if (life === this.life) this.#now(run)
    })
  }

  #note(what: () => string): void {
    this.#setup.note(this.id, what)
  }

  #wake(): void {
    if (this.#turnScheduled) return
    this.#turnScheduled = true
    this.#later(0.05, () => {
      this.#turnScheduled = false
      this.#turn()
    })
  }

  #turn(): void {
    const core = this.core!
    if (!this.#stalled) core.tick(this.clock.monotonicMs(), this.clock.wallMs())
    this.#observe()
    if (this.#writing) this.#carryOut(core.takePrompt())
    else this.#write()
    this.#apply()
    this.#maybeSnapshot()
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
    if (hardState === undefined && log === undefined) return void this.#later(this.#diskMs(), restored)
    disk.begin({ hardState, truncateFrom: log?.truncateFrom, entries: log?.entries ?? [] })
    const life = this.life
    // The disk does its part also while the process stands still.
    this.#setup.world.after(this.#diskMs(), () => {
      if (life !== this.life) return
      if (disk.full) {
        disk.abandon()
        this.#now(() => this.#stall(output))
        return
      }
      disk.finish()
      if (hardState !== undefined) this.#setup.safety.cast(this.id, hardState)
      this.#now(restored)
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
    if (!this.#stalled) {
      this.#stalled = true
      this.#setup.counts.stalls++
      this.#note(() => 'cannot write: the disk is full')
      this.#pending.abandonWrites()
      this.core!.stepDown()
      this.#observe()
    }
    this.#later(1000, () => this.#persist(output))
    this.#wake()
  }

  #finishWrite(output: Output): void {
    this.#writing = false
    this.#stalled = false
    this.#written(output)
    this.#turn()
  }

  #written(output: Output): void {
    this.core!.written(output)
    this.#observe()
    for (const message of output.messages) this.#send(message)
  }

  #carryOut(output: PromptOutput): void {
    for (const event of output.events) this.#onEvent(event)
    for (const message of output.prompt) this.#send(message)
    for (const token of output.failedReads) this.#pending.readFailed(token)
    for (const { token, index } of output.confirmedReads) this.#pending.readConfirmed(token, index)
    this.#answerReads()
    for (const { peer, from } of output.loads) this.#load(peer, from)
  }

  #onEvent(event: CoreEvent): void {
    this.#note(() => describe(event))
    if (event.kind === 'won') {
      this.#setup.counts.elections++
      this.#setup.safety.elected(this.id, event.term)
    }
    if (event.kind === 'role' && event.role !== 'leader') this.#pending.abandonWrites()
  }

  #send(message: Message): void {
    const { network, safety } = this.#setup
    safety.said(message)
    if (message.type !== 'install') {
      network.send(message)
      return
    }
    const stored = this.disk.snapshots.find((snapshot) => snapshot.meta.index === message.snapshot.index)
    if (stored === undefined) this.#later(1, () => this.unreachable(message.to))
    else network.send(message, stored)
  }

  #step(message: Message): void {
    this.#note(() => `← ${shown(message)}`)
    const refusal = this.core!.step(message, this.clock.monotonicMs())
    if (refusal !== undefined) throw new Error(`${this.id} refuses an honest message: ${refusal}`)
    this.#observe()
    this.#wake()
  }

  /** Stores a snapshot of the leader's before the core hears of it. */
  #fetch(message: Message, snapshot: DiskSnapshot): void {
    if (this.#installing || this.disk.full) return
    this.#installing = true
    this.#later(2 * this.#diskMs(), () => {
      this.#installing = false
      const { index } = snapshot.meta
      if (this.disk.snapshots.every(({ meta }) => meta.index !== index)) this.disk.store(snapshot)
      this.#step(message)
    })
  }

  #load(peer: string, from: number): void {
    this.#later(this.#diskMs() / 2, () => {
      const { config } = this.#setup
      const entries = this.disk.read(from, from + config.entriesPerMessageMax - 1)
      this.core!.loaded(peer, entries.length > 0 ? entries : undefined)
      this.#wake()
    })
  }

  #propose(propose: () => Entry, done: (outcome: Outcome<unknown>) => void): void {
    if (this.#stalled) {
      done({ kind: 'refused', reason: 'stalled' })
      return
    }
    let entry: Entry | undefined
    const refusal = refusalOf(() => {
      entry = propose()
    })
    if (entry === undefined) {
      done({ kind: 'refused', reason: refusal! })
      return
    }
    const { index, term } = entry
    this.#note(() => `proposes entry ${index} of term ${term}`)
    this.#pending.proposed(index, term, done)
    this.#observe()
    this.#wake()
  }

  #answerReads(): void {
    this.#setup.counts.reads += this.#pending.answerReads(this.appliedIndex, (key) => this.machine.read(key))
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
    this.#answerReads()
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
    if (this.#pending.applied(index, term, result)) safety.acknowledged(index, term)
  }

  /** As SnapshotKeeper: a frozen view now, its records written while entries apply, then the log behind it dropped. */
  #maybeSnapshot(): void {
    const { habits } = this.#setup
    const last = this.disk.snapshots[0]?.meta.index ?? 0
    const core = this.core!
    if (this.#snapshotting || core.installing || this.disk.full) return
    if (this.appliedIndex - last < habits.snapshotEntries) return
    const index = this.appliedIndex
    const term = core.log.termAt(index)!
    this.#snapshotting = true
    const inForce = core.configurationAt(index)
    const configuration = encodeConfiguration(inForce.servers)
    const meta = { index, term, configuration, configurationIndex: inForce.index }
    const { records } = this.machine.snapshot()
    this.#later(3 * this.#diskMs(), () => {
      this.#snapshotting = false
      if (index <= (this.disk.snapshots[0]?.meta.index ?? 0)) return
      this.#setup.counts.snapshots++
      this.disk.store({ meta, records: [...records] })
      const firstIndex = Math.max(1, Math.min(index, core.log.lastIndex - habits.trailingEntries) + 1)
      core.compacted({ index, term }, firstIndex)
      this.#note(() => `snapshot at ${index}, log from ${firstIndex}`)
      this.#compact(firstIndex)
    })
  }

  /** In two pieces, since a crash may come between. */
  #compact(firstIndex: number): void {
    const first = this.disk.entries[0]?.index ?? firstIndex
    const half = Math.floor((first + firstIndex) / 2)
    this.#later(this.#diskMs(), () => {
      this.disk.compact(half)
      this.#later(this.#diskMs(), () => {
        this.disk.compact(firstIndex)
        this.disk.snapshots.length = Math.min(this.disk.snapshots.length, 2)
      })
    })
  }

  #diskMs(): number {
    return this.#setup.habits.diskMs * (0.5 + this.#setup.random.fraction())
  }

  #observe(): void {
    this.#setup.safety.observe(this)
  }

  #armTimer(): void {
    const atMs = this.#stalled ? Number.POSITIVE_INFINITY : this.core!.nextTickAtMs
    if (atMs === this.#timerAtMs) return
    this.#cancelTimer()
    this.#timerAtMs = atMs
    if (atMs === Number.POSITIVE_INFINITY) return
    const life = this.life
    this.#cancelTimer = this.clock.after(atMs - this.clock.monotonicMs(), () => {
      if (life !== this.life) return
      this.#timerAtMs = Number.POSITIVE_INFINITY
      this.#now(() => this.#turn())
    })
  }
}

async function* recordsOf({ records }: DiskSnapshot): AsyncIterable<Buffer> {
  yield* records
}

/** Why a request was refused, if it was. A broken invariant does not pass for that. */
function refusalOf(request: () => void): string | undefined {
  try {
    request()
    return undefined
  } catch (error) {
    if (!('code' in (error as Error))) throw error
    return (error as Error).message
  }
}
