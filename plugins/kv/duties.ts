import type { Consensus } from '../raft/contract.ts'

/** How long a delete must be remembered, which bounds how long a reader may take between two reads of a list. */
export const tombstoneTtlMs = 15 * 60_000
/** Deletes are reaped together in bins of this width (protocol/servers.md §14.3). */
export const tombstoneBinMs = 30_000

interface Bin {
  readonly dueMs: number
  index: number
}

/** Which tombstones have outlived their time. Keeps one index for each bin of time, however many keys are deleted. */
export class TombstoneBins {
  readonly #bins: Bin[] = []

  /** Tombstones up to `index` exist at `nowMs`, on a clock that never runs backwards. */
  note(index: number, nowMs: number): void {
    const endMs = nowMs - (nowMs % tombstoneBinMs) + tombstoneBinMs
    const dueMs = endMs + tombstoneTtlMs
    const last = this.#bins.at(-1)
    if (last?.dueMs === dueMs) last.index = Math.max(last.index, index)
    else this.#bins.push({ dueMs, index })
  }

  /** The index up to which tombstones are due, once; undefined when none are. */
  takeDue(nowMs: number): number | undefined {
    let index: number | undefined
    while (this.#bins[0] !== undefined && this.#bins[0].dueMs <= nowMs) index = this.#bins.shift()!.index
    return index
  }
}

/** Has every server forget the tombstones that are due. Those of a failed attempt go with the next bin. */
export async function reapTombstones(
  bins: TombstoneBins,
  nowMs: number,
  consensus: Consensus,
  datacenter: string,
  signal: AbortSignal,
): Promise<void> {
  const index = bins.takeDue(nowMs)
  if (index === undefined) return
  await consensus.propose('Tombstone', { Datacenter: datacenter, Op: 'reap', ReapIndex: index, Token: '' }, signal)
}
