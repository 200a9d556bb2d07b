import type { Clock } from '../../src/kernel/clock.ts'
import type { CommandName, Commands } from '../../src/kernel/hooks.ts'
import type { Random } from '../../src/kernel/random.ts'
import { NoLeaderError } from '../../src/wire/cluster-errors.ts'
import type { EntryPiece, ReplicatedState } from '../state/contract.ts'
import type { ClusterConfiguration, Consensus, Role, Server } from './contract.ts'
import { entryType } from './core/messages.ts'
import type { CoreRole } from './core/state.ts'
import type { RaftDriver } from './driver.ts'
import { RechunkError, ServerUnknownError } from './errors.ts'
import { statsOf } from './stats.ts'

/** Where commands get the form in which they stand in the log. */
export type CommandEncoder = Pick<ReplicatedState, 'encode' | 'pieces'>

/** The service other plugins see. It is there before the server takes part; until then it knows no leader. */
export class RaftConsensus implements Consensus {
  #driver: RaftDriver | undefined
  #ledUntilMs: number | undefined
  readonly #encoder: CommandEncoder
  readonly #clock: Clock
  readonly #random: Random

  constructor(encoder: CommandEncoder, clock: Clock, random: Random) {
    this.#encoder = encoder
    this.#clock = clock
    this.#random = random
  }

  /** The server takes part from now on. */
  attach(driver: RaftDriver): void {
    this.#driver = driver
  }

  /** True once what is on disk is known: a membership that is empty before may not be empty at all. */
  get isAttached(): boolean {
    return this.#driver !== undefined
  }

  /** No async function: every write passes here, and the promise is one that exists already. */
  propose<C extends CommandName>(name: C, command: Commands[C], signal?: AbortSignal): Promise<unknown> {
    try {
      const data = this.#encoder.encode(name, command)
      const pieces = this.#encoder.pieces(name, data, this.#random)
      if (pieces === undefined) return this.#attached().propose(data, entryType.command, signal)
      return this.#proposeTogether(pieces, signal)
    } catch (error) {
      return Promise.reject(error)
    }
  }

  async #proposeTogether(pieces: readonly EntryPiece[], signal: AbortSignal | undefined): Promise<unknown> {
    const result = await this.#attached().proposeTogether(pieces, signal)
    // Only the last of all pieces has a result: that it has none says that another was lost.
    if (result === undefined) throw new RechunkError()
    return result
  }

  async append(data: Buffer, signal?: AbortSignal): Promise<unknown> {
    return this.#attached().propose(data, entryType.command, signal)
  }

  async barrier(signal?: AbortSignal): Promise<void> {
    await this.#attached().propose(null, entryType.barrier, signal)
  }

  async verifyLeader(signal?: AbortSignal): Promise<void> {
    await this.#attached().verifyLeader(signal)
  }

  async addServer({ id, address, suffrage }: Server, signal?: AbortSignal): Promise<void> {
    const kind = suffrage === 'voter' ? 'addVoter' : 'addNonvoter'
    await this.#attached().changeMembership({ kind, id, address }, signal)
  }

  async removeServer(id: string, signal?: AbortSignal): Promise<void> {
    await this.#attached().changeMembership({ kind: 'remove', id }, signal)
  }

  async promote(id: string, signal?: AbortSignal): Promise<void> {
    const server = this.configuration().servers.find((each) => each.id === id)
    if (server === undefined) throw new ServerUnknownError('id', id)
    await this.addServer({ ...server, suffrage: 'voter' }, signal)
  }

  async transferLeadership(target?: string, signal?: AbortSignal): Promise<void> {
    await this.#attached().transferLeadership(target, signal)
  }

  async takeSnapshot(): Promise<number> {
    return this.#attached().takeSnapshot()
  }

  get holdsReadLease(): boolean {
    return this.#driver?.holdsReadLease ?? false
  }

  leader(): { readonly id: string; readonly address: string } | undefined {
    const driver = this.#driver
    if (driver === undefined || driver.ended) return undefined
    const id = driver.core.leader
    // A leader whose state lags behind what its predecessors acknowledged would answer reads with the past.
    if (driver.core.role === 'leader' && !driver.leads) return undefined
    return driver.core.configuration.servers.find((server) => server.id === id)
  }

  get role(): Role {
    if (this.#driver === undefined) return 'follower'
    return this.#driver.ended ? 'shutdown' : roleOf(this.#driver.core.role)
  }

  get term(): number {
    return this.#driver?.core.term ?? 0
  }

  get appliedIndex(): number {
    return this.#driver?.appliedIndex ?? 0
  }

  lastContactMs(): number | undefined {
    if (this.role === 'leader') return 0
    const contactAtMs = Math.max(this.#driver?.core.leaderHeardAtMs ?? -1, this.#ledUntilMs ?? -1)
    return contactAtMs < 0 ? undefined : this.#clock.monotonicMs() - contactAtMs
  }

  /** Who led until now has heard from a leader until now: from itself. */
  stoppedLeading(): void {
    this.#ledUntilMs = this.#clock.monotonicMs()
  }

  configuration(): ClusterConfiguration {
    return this.#driver?.core.configuration ?? { index: 0, servers: [] }
  }

  stats(): Record<string, string> {
    return this.#driver === undefined ? {} : statsOf(this.#driver, this)
  }

  #attached(): RaftDriver {
    if (this.#driver === undefined) throw new NoLeaderError()
    return this.#driver
  }
}

/** A server that only asks for pre-votes is a candidate to everybody else. */
export function roleOf(role: CoreRole): Role {
  return role === 'preCandidate' ? 'candidate' : role
}
