import type { RaftDriver } from '../driver.ts'
import type { TransportTarget } from './transport.ts'

/** A driver as its transport sees it. Before it has started, nothing is taken from anybody. */
export function targetOf(driver: () => RaftDriver | undefined): TransportTarget {
  const started = () => {
    const found = driver()
    if (found === undefined) throw new Error('raft has not started')
    return found
  }
  return {
    get role() {
      return driver()?.core.role ?? 'follower'
    },
    get term() {
      return driver()?.core.term ?? 0
    },
    get leader() {
      return driver()?.core.leader
    },
    get leaderHeardAtMs() {
      return driver()?.core.leaderHeardAtMs
    },
    get commitIndex() {
      return driver()?.core.commitIndex ?? 0
    },
    get servers() {
      return driver()?.core.contacts ?? []
    },
    get refusal() {
      const running = driver()
      return running === undefined ? 'this server is still starting' : running.unable?.message
    },
    receive: (message) => driver()?.receive(message),
    unreachable: (peer) => driver()?.unreachable(peer),
    leaderLost: (leader) => driver()?.leaderLost(leader),
    openSnapshot: (snapshot) => started().openSnapshot(snapshot),
    beginSnapshot: (meta) => started().beginSnapshot(meta),
  }
}
