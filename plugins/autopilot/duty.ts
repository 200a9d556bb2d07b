import type { Clock } from '../../src/kernel/clock.ts'
import { ProconsulError } from '../../src/kernel/errors.ts'
import type { Logger } from '../../src/kernel/log.ts'
import { Turns } from '../../src/kernel/turns.ts'
import { parseGoDuration } from '../../src/wire/go-duration.ts'
import type { AutopilotConfig, RaftStats } from '../../src/wire/structs/operator.ts'
import type { GoneNode } from '../catalog/contract.ts'
import type { Member, MemberChange, MemberStatus, Members } from '../gossip/contract.ts'
import type { Consensus } from '../raft/contract.ts'
import type { AskPeers, AskStats, ClusterHealth, ServerState, ServerStats } from './contract.ts'
import { toPromote, toRemove } from './decisions.ts'
import { UnheardOfServerError } from './errors.ts'
import { assess } from './health.ts'
import { driftOf, membersById, type PeerChange, peerChange } from './peering.ts'
import { strangeness } from './stranger.ts'

/** How often the leader asks the servers how they are, and how often it acts on it (protocol/servers.md §14.4). */
export const assessIntervalMs = 2000
export const actIntervalMs = 10_000

const alive: MemberStatus = 1

/** A server that is not taken in is worth a line so often: seldom enough not to bury the others, often enough to be found. */
const complainIntervalMs = 60_000

export interface DutySetup {
  readonly consensus: Consensus
  readonly members: Pick<Members, 'list' | 'forceLeave'>
  readonly settings: () => AutopilotConfig | undefined
  /** Writes the first settings of the cluster. */
  readonly begin: (signal: AbortSignal) => Promise<void>
  readonly askStats: AskStats
  readonly askPeers: AskPeers
  readonly datacenter: string
  /** Id of this server, the leader. */
  readonly self: string
  /** What this server replicates. */
  readonly fingerprint: string
  readonly clock: Clock
  readonly log: Logger
}

/** What one leader does for the servers while it leads. One change at a time, each decided from what the last one left. */
export class AutopilotDuty {
  readonly #setup: DutySetup
  readonly #watchingSinceMs: number
  #health: ClusterHealth | undefined
  /** What was said last of each member that is not taken in or promoted, by the line and its name. */
  readonly #complaints = new Map<string, { readonly why: string; readonly atMs: number }>()
  readonly #turns = new Turns()

  constructor(setup: DutySetup) {
    this.#setup = setup
    this.#watchingSinceMs = setup.clock.wallMs()
  }

  get health(): ClusterHealth | undefined {
    return this.#health
  }

  /** Asks every server how it is. */
  async assess(signal: AbortSignal): Promise<void> {
    const { consensus, clock, askStats, self, begin } = this.#setup
    if (this.#setup.settings() === undefined) await this.#try('writing the first settings', {}, () => begin(signal))
    const settings = this.#setup.settings()
    if (settings === undefined) return
    const { servers } = consensus.configuration()
    const answers = await Promise.all(
      servers.map(async (server) => [server.id, await askStats(server, signal)] as const),
    )
    signal.throwIfAborted()
    const stats = new Map(answers.flatMap(([id, answer]) => (answer === undefined ? [] : [[id, readStats(answer)]])))
    const members = this.#serverMembers()
    this.#health = assess({ servers, members, stats, leader: self, settings, nowMs: clock.wallMs() }, this.#health)
  }

  /** Adds servers that gossip knows and Raft does not, gives votes to those that have earned one, removes the dead. */
  act(signal: AbortSignal): Promise<void> {
    return this.#turns.take(signal, async () => {
      for (const member of this.#setup.members.list()) await this.#heed(member, false, signal)
      await this.#promote(signal)
      await this.#removeDead(signal)
    })
  }

  /** Heeds the word of one member. */
  change({ kind, member }: MemberChange, signal: AbortSignal): Promise<void> {
    return this.#turns.take(signal, () => this.#heed(member, kind === 'reap', signal))
  }

  /**
   * Takes a server out of Raft that is to be removed from the catalog, which must be in this order (protocol/servers.md §14.2): one
   * that has a vote still is a server. Rejects when that is not possible now.
   */
  async gone({ name, id, signal }: GoneNode): Promise<void> {
    const { consensus, members, self, log } = this.#setup
    const isServer = () => id !== self && consensus.configuration().servers.some((server) => server.id === id)
    // Clients need not wait until it is their turn.
    if (!isServer()) return
    await this.#turns.take(signal, async () => {
      // It came back meanwhile, or goes on under another name.
      const isThere = members.list().some(({ status, tags }) => status === alive && tags.id === id)
      if (isThere || !isServer()) return
      // Nobody said that it left: this leader may not have met it since its own start. `toRemove` knows how many may go like this.
      if (!members.list().some(({ tags }) => tags.id === id)) throw new UnheardOfServerError(name)
      log.info('removing server by ID', { id, server: name })
      await consensus.removeServer(id, signal)
    })
  }

  async #heed(member: Member, gone: boolean, signal: AbortSignal): Promise<void> {
    const { consensus, members, datacenter, self, fingerprint, log } = this.#setup
    const { servers } = consensus.configuration()
    const change = peerChange(member, gone, { servers, members: members.list(), datacenter, self, fingerprint })
    if (change === undefined || change.kind === 'remove') this.#complaints.delete(`not adding server: ${member.name}`)
    if (change === undefined) return
    if (change.kind === 'refuse') return this.#complain(member.name, change.why)
    if (change.kind === 'add') return this.#add(member.name, change, signal)
    await this.#try('removing a server', { server: member.name, id: change.id }, async () => {
      log.info('removing server by ID', { id: change.id, server: member.name })
      await consensus.removeServer(change.id, signal)
    })
  }

  async #add(
    name: string,
    { server, replaces, isNew }: Extract<PeerChange, { kind: 'add' }>,
    signal: AbortSignal,
  ): Promise<void> {
    const { consensus, askPeers, log } = this.#setup
    const { id, address } = server
    await this.#try('adding a server', { server: name, id, address }, async () => {
      if (isNew) {
        const peers = await askPeers(address, signal)
        const strange = strangeness({ name, server, peers, own: consensus.configuration().servers })
        if (strange !== undefined) return this.#complain(name, strange)
      }
      this.#complaints.delete(`not adding server: ${name}`)
      for (const replaced of replaces) {
        log.info('removing server that had the address of a new one', { id: replaced, address })
        await consensus.removeServer(replaced, signal)
      }
      log.info('adding server', { server: name, id, address })
      await consensus.addServer(server, signal)
    })
  }

  async #promote(signal: AbortSignal): Promise<void> {
    const { consensus, clock, askPeers, log } = this.#setup
    const refused = this.#drifting()
    for (;;) {
      const settings = this.#setup.settings()
      if (this.#health === undefined || settings === undefined) return
      const health = { ...this.#health, servers: this.#health.servers.filter(({ id }) => !refused.has(id)) }
      const server = toPromote(health, settings, this.#watchingSinceMs, clock.wallMs())
      // One that was removed since it was looked at is no server of ours any more.
      if (server === undefined || !consensus.configuration().servers.some(({ id }) => id === server.id)) return
      const { name, id, address } = server
      let strange: string | undefined
      const done = await this.#try('promoting a server', { server: name, id, address }, async () => {
        // Two clusters that met may both have added it, and it went with the other: with a vote here it would stop this one.
        const peers = await askPeers(address, signal)
        strange = strangeness({ name, server, peers, own: consensus.configuration().servers })
        if (strange !== undefined) return
        log.info('promoting server', { server: name, id, address })
        await consensus.promote(id, signal)
      })
      if (!done) return
      if (strange !== undefined) {
        this.#complain(name, strange, 'not promoting server')
        refused.add(id)
        continue
      }
      const promoted: readonly ServerState[] = this.#health.servers.map((known) =>
        known.id === id ? { ...known, voter: true } : known,
      )
      this.#health = { ...this.#health, servers: promoted }
    }
  }

  /** Ids of those whose vote would be one for a state of their own. */
  #drifting(): Set<string> {
    const { members, fingerprint } = this.#setup
    const drifting = members.list().filter((member) => driftOf(member, fingerprint) !== undefined)
    return new Set(drifting.flatMap(({ tags: { id } }) => (id === undefined ? [] : [id])))
  }

  async #removeDead(signal: AbortSignal): Promise<void> {
    const { consensus, members, log } = this.#setup
    const settings = this.#setup.settings()
    if (this.#health === undefined || settings === undefined) return
    // A server that came back since it was looked at is not dead, and one removed meanwhile need not be again.
    const current = new Map(consensus.configuration().servers.map((server) => [server.id, server]))
    const alive = new Set([...this.#serverMembers()].filter(([, { status }]) => status === 1).map(([id]) => id))
    for (const { server, how } of toRemove(this.#health, settings)) {
      const { name, id, address } = server
      if (!current.has(id) || alive.has(id)) continue
      await this.#try('removing a dead server', { server: name, id, address }, async () => {
        log.info('removing dead server', { server: name, id, address })
        if (how === 'removePeer') await consensus.removeServer(id, signal)
        else await members.forceLeave(name)
      })
    }
  }

  /**
   * One change, and whether it was made. What can be expected to stand in its way (another change that is not committed yet, a
   * transfer of leadership, a server that does not answer) passes: the next round tries again, and the others go on meanwhile.
   */
  async #try(what: string, about: Readonly<Record<string, string>>, work: () => Promise<void>): Promise<boolean> {
    try {
      await work()
      return true
    } catch (error) {
      if (!(error instanceof ProconsulError)) throw error
      this.#setup.log.warn(`${what} is put off`, { ...about, error: error.message })
      return false
    }
  }

  #complain(name: string, why: string, what = 'not adding server'): void {
    const { clock, log } = this.#setup
    const nowMs = clock.monotonicMs()
    const key = `${what}: ${name}`
    const last = this.#complaints.get(key)
    if (last?.why === why && nowMs - last.atMs < complainIntervalMs) return
    this.#complaints.set(key, { why, atMs: nowMs })
    log.error(what, { server: name, error: why })
  }

  #serverMembers(): Map<string, Member> {
    const { consensus, datacenter, members } = this.#setup
    return membersById(members.list(), { servers: consensus.configuration().servers, datacenter })
  }
}

const nanosPerMs = 1e6

/** A `LastContact` that is no duration (`never`) counts as none at all. */
function readStats({ LastContact, LastTerm, LastIndex }: RaftStats): ServerStats {
  const contact = parseGoDuration(LastContact)
  return {
    lastContactMs: typeof contact === 'number' ? contact / nanosPerMs : 0,
    lastTerm: LastTerm,
    lastIndex: LastIndex,
  }
}
