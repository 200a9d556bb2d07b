import type { Logger } from '../../src/kernel/log.ts'
import { NoLeaderError } from '../../src/wire/cluster-errors.ts'
import type { Coordinate, CoordinateUpdateRequest } from '../../src/wire/structs/coordinate.ts'
import type { Consensus } from '../raft/contract.ts'
import { CoordinateRefusedError } from './errors.ts'
import { dimensions, isValid } from './nearest.ts'
import { PendingUpdates } from './pending-updates.ts'

/** How often the leader writes what it was told (protocol/servers.md §14.4). */
export const flushIntervalMs = 5_000

/** Takes reports of nodes on the leader, in memory, and writes them in rounds: they are many, and soon replaced. */
export class Intake {
  readonly #consensus: Consensus
  readonly #log: Logger
  #pending: PendingUpdates | undefined
  #dropped = 0

  constructor(consensus: Consensus, log: Logger) {
    this.#consensus = consensus
    this.#log = log
  }

  /** Begins anew as the leader, or ends: what was not written is lost, and reported again by its nodes. */
  lead(leading: boolean): void {
    this.#pending = leading ? new PendingUpdates() : undefined
    this.#dropped = 0
  }

  /** Throws CoordinateRefusedError for what is no coordinate of our space, NoLeaderError on another server. */
  take({ Node, Segment, Coord }: CoordinateUpdateRequest): void {
    if (Coord === null || !isValid(Coord)) throw new CoordinateRefusedError('invalid coordinate')
    if (Coord.Vec?.length !== dimensions) throw new CoordinateRefusedError('incompatible coordinate')
    if (this.#pending === undefined) throw new NoLeaderError()
    const update: Coordinate = { Node, Segment, Coord }
    if (!this.#pending.add(update)) this.#dropped++
  }

  async flush(signal: AbortSignal): Promise<void> {
    if (this.#dropped > 0) this.#log.warn('Discarded coordinate updates', { number_discarded: this.#dropped })
    this.#dropped = 0
    for (const batch of this.#pending?.take() ?? []) {
      await this.#consensus.propose('CoordinateBatchUpdate', batch, signal)
    }
  }
}
