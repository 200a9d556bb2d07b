import type { Membership } from './membership.ts'
import type { PushPull } from './messages.ts'
import type { Shared } from './shared.ts'
import { versionConflict } from './versions.ts'

/** Pools up to this size exchange views at the configured pace. */
const unscaledMembers = 32

/** Time to the next exchange of views: it grows with the pool, since so does the view (protocol/gossip.md §6.11). */
export function pushPullPauseMs(intervalMs: number, members: number): number {
  if (members <= unscaledMembers) return intervalMs
  return intervalMs * (Math.ceil(Math.log2(members) - Math.log2(unscaledMembers)) + 1)
}

/** Exchanges of full views: they carry a newcomer into the pool and repair what gossip missed. */
export class Views {
  readonly #shared: Shared
  readonly #membership: Membership

  constructor(shared: Shared, membership: Membership) {
    this.#shared = shared
    this.#membership = membership
  }

  /** Asks the driver for an exchange with somebody; false when nobody else is alive. */
  exchange(): boolean {
    const { name, table, outbox } = this.#shared
    const [other] = table.pick(1, (state) => state.state === 'alive' && state.name !== name)
    if (!other) return false
    const { address, port } = other
    outbox.add({ kind: 'pushPull', node: other.name, to: { address, port } })
    return true
  }

  local(join: boolean): PushPull {
    const { table, delegate } = this.#shared
    return { join, nodes: [...table.all()], userState: delegate.localState(join) }
  }

  /** Checks first, then takes all of it: versions, the delegate's veto, members, the delegate's part. */
  merge({ nodes, userState }: PushPull, join: boolean, now: number): string | undefined {
    const { table, delegate } = this.#shared
    const refusal = versionConflict([table.all(), nodes]) ?? (join ? delegate.vetoMerge(nodes) : undefined)
    if (refusal !== undefined) return refusal
    for (const node of nodes) this.#membership.merge(node, now)
    if (userState.length > 0) delegate.mergeState(userState, join, now)
    return undefined
  }
}
