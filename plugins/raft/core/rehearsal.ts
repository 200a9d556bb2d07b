import { assert } from '../../../src/kernel/assert.ts'
import type { Random } from '../../../src/kernel/random.ts'
import { decodeConfiguration, encodeConfiguration } from './configuration.ts'
import { type Entry, entryType, type HardState, type Message, type SnapshotMeta } from './messages.ts'
import { type Output, RaftCore } from './raft-core.ts'
import { type CoreConfig, type CoreEvent, coreDefaults, type PlacedConfiguration, type Remembered } from './state.ts'
import type { TermRun } from './term-runs.ts'

/**
 * A cluster in memory for tests of the core: servers, their disks and the messages between them, with nothing happening
 * unless it is asked for. What must never happen is checked as it goes.
 */
export class Rehearsal {
  readonly servers = new Map<string, RehearsalServer>()
  /** Messages under way, oldest first. */
  readonly network: Message[] = []
  /** What was committed at each index, as the first server to apply it saw it. */
  readonly committed = new Map<number, Entry>()
  readonly #leaders = new Map<number, string>()
  readonly #cut = new Set<string>()
  nowMs = 0

  constructor(ids: readonly string[], random: Random, config: Partial<CoreConfig> = {}) {
    const configuration: PlacedConfiguration = {
      index: 0,
      servers: ids.map((id) => ({ id, address: `${id}:8300`, suffrage: 'voter' })),
    }
    for (const id of ids) this.add(id, configuration, random, config)
  }

  add(id: string, configuration: PlacedConfiguration, random: Random, config: Partial<CoreConfig>): RehearsalServer {
    const times = { heartbeatTimeoutMs: 100, electionTimeoutMs: 100, leaderLeaseMs: 50 }
    const server = new RehearsalServer({ ...coreDefaults, ...times, ...config, id }, configuration, random, this)
    this.servers.set(id, server)
    return server
  }

  server(id: string): RehearsalServer {
    const server = this.servers.get(id)
    assert(server !== undefined, `there is no server ${id}`)
    return server
  }

  get leader(): RehearsalServer | undefined {
    const leaders = [...this.servers.values()].filter((server) => server.up && server.core.role === 'leader')
    return leaders.sort((a, b) => b.core.term - a.core.term)[0]
  }

  /** No message passes from one to the other; what is under way is lost too. */
  cut(from: string, to: string): void {
    this.#cut.add(`${from} ${to}`)
  }

  heal(): void {
    this.#cut.clear()
  }

  /**
   * Delivers a message of the network, or loses it when nobody can receive it. The receiver's clock may run late: it is set by
   * `nowMs`, or else stands where its last tick left it.
   */
  deliver(message: Message, nowMs?: number): boolean {
    const server = this.servers.get(message.to)
    if (!server?.up || this.#cut.has(`${message.from} ${message.to}`)) {
      this.lose(message)
      return false
    }
    server.core.step(message, nowMs)
    return true
  }

  /** Time passes by the millisecond: everybody looks at the clock, disks are fast, and what is sent arrives within one. */
  pass(ms: number, watch: { event?: (event: CoreEvent) => void; arrived?: (message: Message) => void } = {}): void {
    for (const endMs = this.nowMs + ms; this.nowMs < endMs; ) {
      this.nowMs++
      for (const server of this.servers.values()) {
        if (!server.up) continue
        server.tick()
        for (const event of server.take()) watch.event?.(event)
        server.sync()
      }
      for (const message of this.network.splice(0)) {
        if (this.deliver(message, this.nowMs)) watch.arrived?.(message)
      }
    }
  }

  /** A transport notices that a snapshot did not get through; other losses only show by silence. */
  lose(message: Message): void {
    if (message.type === 'install') this.server(message.from).core.unreachable(message.to)
    if (message.type === 'installReply') this.servers.get(message.to)?.core.unreachable(message.from)
  }

  becameLeader(id: string, term: number): void {
    const earlier = this.#leaders.get(term)
    assert(earlier === undefined || earlier === id, `${earlier} and ${id} both lead term ${term}`)
    this.#leaders.set(term, id)
    const { log } = this.server(id).core
    for (const entry of this.committed.values()) {
      if (entry.index <= log.snapshotIndex) continue
      assert(
        log.termAt(entry.index) === entry.term,
        `leader ${id} of term ${term} lacks committed entry ${entry.index}`,
      )
    }
  }

  apply(id: string, entry: Entry): void {
    const known = this.committed.get(entry.index)
    if (known === undefined) this.committed.set(entry.index, entry)
    const same = known === undefined || (known.term === entry.term && known.data?.toString() === entry.data?.toString())
    assert(same, `${id} applies another entry ${entry.index} than was committed`)
  }

  /** Where two logs have an entry of one term at one index, they are the same up to there (Raft paper, figure 3). */
  checkLogsMatch(): void {
    const logs = [...this.servers.values()].map((server) => server.disk.entries)
    for (const one of logs) {
      for (const other of logs) {
        if (one === other) continue
        const shared = [...one.values()].filter((entry) => other.get(entry.index)?.term === entry.term)
        const end = Math.max(0, ...shared.map((entry) => entry.index))
        for (const entry of one.values()) {
          const twin = other.get(entry.index)
          if (entry.index > end || twin === undefined) continue
          assert(twin.term === entry.term, `logs differ at ${entry.index}, before they agree at ${end}`)
        }
      }
    }
  }
}

interface Disk {
  hardState: HardState
  snapshot: SnapshotMeta | undefined
  readonly entries: Map<number, Entry>
}

/** One server: its core, and what its disk would still know after a crash. */
export class RehearsalServer {
  readonly id: string
  readonly disk: Disk = { hardState: { term: 0, votedFor: undefined }, snapshot: undefined, entries: new Map() }
  core: RaftCore
  up = true
  appliedIndex = 0
  /** Reads that were confirmed and applied, by token. */
  readonly reads = new Map<number, number>()
  /** Taken from the core and not durable yet. */
  writing: Output | undefined
  readonly #config: CoreConfig
  readonly #initial: PlacedConfiguration
  readonly #random: Random
  readonly #cluster: Rehearsal

  constructor(config: CoreConfig, initial: PlacedConfiguration, random: Random, cluster: Rehearsal) {
    this.id = config.id
    this.#config = config
    this.#initial = initial
    this.#random = random
    this.#cluster = cluster
    this.core = this.#start()
  }

  /** Loses all that is not on the disk. Its connections break, which the others' transports notice. */
  crash(): void {
    this.up = false
    this.writing = undefined
    for (const other of this.#cluster.servers.values()) if (other !== this && other.up) other.core.unreachable(this.id)
  }

  restart(): void {
    this.up = true
    this.appliedIndex = this.disk.snapshot?.index ?? 0
    this.core = this.#start()
  }

  tick(): void {
    this.core.tick(this.#cluster.nowMs)
  }

  /** Takes what the core has decided and sends what needs no disk. Returns what happened, for transcripts. */
  take(): readonly CoreEvent[] {
    if (this.writing !== undefined) {
      const prompt = this.core.takePrompt()
      this.#carryOut(prompt)
      return prompt.events
    }
    const output = this.core.take()
    this.#carryOut(output)
    this.writing = output
    if (output.hardState === undefined && output.log === undefined && output.install === undefined) this.sync()
    return output.events
  }

  /** The write is durable: send what waited for it, and apply what is committed. */
  sync(): void {
    const output = this.writing
    if (output === undefined) return
    this.writing = undefined
    if (output.install !== undefined) this.#install(output.install)
    if (output.hardState !== undefined) this.disk.hardState = output.hardState
    const { entries } = this.disk
    const from = output.log?.truncateFrom
    if (from !== undefined) for (const index of [...entries.keys()]) if (index >= from) entries.delete(index)
    for (const entry of output.log?.entries ?? []) entries.set(entry.index, entry)
    this.core.written(output)
    this.#cluster.network.push(...output.messages)
    this.#apply()
  }

  /** Writes a snapshot of what is applied and drops the log before it but for `trailing` entries. */
  compact(trailing: number): void {
    const { core, disk, appliedIndex } = this
    if (this.writing !== undefined || appliedIndex <= (disk.snapshot?.index ?? 0)) return
    const term = core.log.termAt(appliedIndex)
    // A snapshot of the leader's is on its way in and has replaced the log already.
    if (term === undefined) return
    const { index: configurationIndex, servers } = core.configurationAt(appliedIndex)
    const configuration = encodeConfiguration(servers)
    disk.snapshot = { index: appliedIndex, term, configuration, configurationIndex }
    const firstIndex = Math.min(appliedIndex, Math.max(1, core.log.lastIndex - trailing)) + 1
    for (const index of [...disk.entries.keys()]) if (index < firstIndex) disk.entries.delete(index)
    core.compacted(disk.snapshot, firstIndex)
  }

  #install(snapshot: SnapshotMeta): void {
    this.disk.snapshot = snapshot
    this.appliedIndex = snapshot.index
  }

  #carryOut(output: Pick<Output, 'events' | 'prompt' | 'loads' | 'confirmedReads'>): void {
    for (const event of output.events) {
      if (event.kind === 'won') this.#cluster.becameLeader(this.id, event.term)
    }
    this.#cluster.network.push(...output.prompt)
    for (const { token, index } of output.confirmedReads) this.reads.set(token, index)
    for (const { peer, from } of output.loads) {
      const found: Entry[] = []
      for (let at = from; found.length < 4 && this.disk.entries.has(at); at++) found.push(this.disk.entries.get(at)!)
      this.core.loaded(peer, found.length > 0 ? found : undefined)
    }
  }

  #apply(): void {
    while (this.appliedIndex < this.core.applicableIndex) {
      const index = this.appliedIndex + 1
      const entry = this.disk.entries.get(index)
      assert(entry !== undefined, `${this.id} would apply entry ${index}, which is not durable`)
      this.#cluster.apply(this.id, entry)
      this.appliedIndex = index
    }
    this.core.applied(this.appliedIndex)
  }

  #start(): RaftCore {
    return new RaftCore(this.#config, this.#remembered(), this.#random, this.#cluster.nowMs)
  }

  #remembered(): Remembered {
    const { snapshot, entries, hardState } = this.disk
    const snapshotIndex = snapshot?.index ?? 0
    const lastIndex = Math.max(snapshotIndex, ...entries.keys())
    const held = [...entries.values()].sort((a, b) => a.index - b.index)
    const terms: TermRun[] = []
    const configurations: PlacedConfiguration[] = snapshot
      ? [{ index: snapshot.configurationIndex, servers: decodeConfiguration(snapshot.configuration) }]
      : [this.#initial]
    for (const { index, term, type, data } of held) {
      if (term !== terms.at(-1)?.term) terms.push({ from: index, term })
      if (type === entryType.configuration && index > snapshotIndex) {
        configurations.push({ index, servers: decodeConfiguration(data!) })
      }
    }
    const log = {
      snapshotIndex,
      snapshotTerm: snapshot?.term ?? 0,
      firstIndex: held[0]?.index ?? snapshotIndex + 1,
      lastIndex,
      termRuns: terms,
      // Only a few entries in memory, so that the path through the disk is walked too.
      tail: held.slice(-3),
    }
    return { hardState, log, configurations }
  }
}
