import type { Clock } from '../../src/kernel/clock.ts'
import type { Logger } from '../../src/kernel/log.ts'
import { readServerMember } from '../../src/rules/server-member.ts'
import { parseGoDuration } from '../../src/wire/go-duration.ts'
import type { AutopilotConfig, RaftStats } from '../../src/wire/structs/operator.ts'
import type { Member, MemberChange, Members } from '../gossip/contract.ts'
import type { Consensus } from '../raft/contract.ts'
import type { AskStats, ClusterHealth, ServerState, ServerStats } from './contract.ts'
import { toPromote, toRemove } from './decisions.ts'
import { assess } from './health.ts'
import { peerChange } from './peering.ts'

/** How often the leader asks the servers how they are, and how often it acts on it (protocol/servers.md §14.4). */
export const assessIntervalMs = 2000
export const actIntervalMs = 10_000

export interface DutySetup {
  readonly consensus: Consensus
  readonly members: Pick<Members, 'list' | 'forceLeave'>
  readonly settings: () => AutopilotConfig | undefined
  readonly askStats: AskStats
  readonly datacenter: string
  /** Id of this server, the leader. */
  readonly self: string
  readonly clock: Clock
  readonly log: Logger
}

/** What one leader does for the servers while it leads. One change at a time, each decided from what the last one left. */
export class AutopilotDuty {
  readonly #setup: DutySetup
  readonly #watchingSinceMs: number
  #health: ClusterHealth | undefined
  #last: Promise<unknown> = Promise.resolve()

  constructor(setup: DutySetup) {
    this.#setup = setup
    this.#watchingSinceMs = setup.clock.wallMs()
  }

  get health(): ClusterHealth | undefined {
    return this.#health
  }

  /** Asks every server how it is. */
  async assess(signal: AbortSignal): Promise<void> {
    const { consensus, clock, askStats, self } = this.#setup
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
    return this.#inTurn(signal, async () => {
      for (const member of this.#setup.members.list()) await this.#heed(member, false, signal)
      await this.#promote(signal)
      await this.#removeDead(signal)
    })
  }

  /** Heeds the word of one member. */
  change({ kind, member }: MemberChange, signal: AbortSignal): Promise<void> {
    return this.#inTurn(signal, () => this.#heed(member, kind === 'reap', signal))
  }

  async #heed(member: Member, gone: boolean, signal: AbortSignal): Promise<void> {
    const { consensus, members, datacenter, self, log } = this.#setup
    const { servers } = consensus.configuration()
    const change = peerChange(member, gone, { servers, members: members.list(), datacenter, self })
    if (change === undefined) return
    if (change.kind === 'refuse') {
      log.error('not adding server', { server: member.name, error: change.why })
    } else if (change.kind === 'remove') {
      log.info('removing server by ID', { id: change.id, server: member.name })
      await consensus.removeServer(change.id, signal)
    } else {
      for (const id of change.replaces) {
        log.info('removing server that had the address of a new one', { id, address: change.server.address })
        await consensus.removeServer(id, signal)
      }
      log.info('adding server', { server: member.name, id: change.server.id, address: change.server.address })
      await consensus.addServer(change.server, signal)
    }
  }

  async #promote(signal: AbortSignal): Promise<void> {
    const { consensus, clock, log } = this.#setup
    const settings = this.#setup.settings()
    if (this.#health === undefined || settings === undefined) return
    for (;;) {
      const server = toPromote(this.#health, settings, this.#watchingSinceMs, clock.wallMs())
      if (server === undefined) return
      log.info('promoting server', { server: server.name, id: server.id, address: server.address })
      await consensus.promote(server.id, signal)
      const promoted: readonly ServerState[] = this.#health.servers.map((known) =>
        known === server ? { ...known, voter: true } : known,
      )
      this.#health = { ...this.#health, servers: promoted }
    }
  }

  async #removeDead(signal: AbortSignal): Promise<void> {
    const { consensus, members, log } = this.#setup
    const settings = this.#setup.settings()
    if (this.#health === undefined || settings === undefined) return
    // A server that came back since it was looked at is not dead, and one removed meanwhile need not be again.
    const current = new Map(consensus.configuration().servers.map((server) => [server.id, server]))
    const alive = new Set([...this.#serverMembers()].filter(([, { status }]) => status === 1).map(([id]) => id))
    for (const { server, how } of toRemove(this.#health, settings)) {
      if (!current.has(server.id) || alive.has(server.id)) continue
      log.info('removing dead server', { server: server.name, id: server.id, address: server.address })
      if (how === 'removePeer') await consensus.removeServer(server.id, signal)
      else await members.forceLeave(server.name)
    }
  }

  #serverMembers(): Map<string, Member> {
    const known = this.#setup.members.list().flatMap((member): [string, Member][] => {
      const server = readServerMember(member.name, member.tags)
      return server?.datacenter === this.#setup.datacenter ? [[server.id, member]] : []
    })
    return new Map(known)
  }

  async #inTurn(signal: AbortSignal, work: () => Promise<void>): Promise<void> {
    const before = this.#last
    const turn = (async () => {
      await before.catch(() => undefined)
      signal.throwIfAborted()
      await work()
    })()
    // Whoever comes next only waits for the end; how it ended concerns the caller.
    this.#last = turn.catch(() => undefined)
    await turn
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
