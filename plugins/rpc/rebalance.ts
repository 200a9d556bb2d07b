import { ProconsulError } from '../../src/kernel/errors.ts'
import type { Random } from '../../src/kernel/random.ts'
import { statusPing } from '../../src/rpc/status-methods.ts'
import type { Connections } from '../connections/contract.ts'
import type { ServerList } from './server-list.ts'

const pauseMinMs = 120_000
const jitterMs = 60_000
/** Clients of a large cluster change servers less often: together they make at most so many new connections per server. */
const newConnectionsPerServerAndSecond = 64

/** Time until a client agent next looks for another server; random, so that clients spread over the servers. */
export function rebalancePauseMs(clusterSize: number, servers: number, random: Random): number {
  const shared = (clusterSize / (newConnectionsPerServerAndSecond * Math.max(1, servers))) * 1000
  return Math.max(pauseMinMs, shared) + random.fraction() * jitterMs
}

/** Puts the servers into a new order, behind the first of them that answers. Leaves it as it was when none does. */
export async function rebalance(servers: ServerList, connections: Connections, signal: AbortSignal): Promise<void> {
  if (servers.size < 2) return
  servers.shuffle()
  for (const address of [...servers.order]) {
    try {
      await connections.ask(address, statusPing, {}, { signal })
      servers.shuffle(address)
      return
    } catch (error) {
      // The next one may answer; what is wrong with this one shows when it is needed.
      if (signal.aborted || !(error instanceof ProconsulError)) throw error
    }
  }
}
