import { formatDuration } from '../../src/kernel/duration.ts'
import type { Consensus } from './contract.ts'
import type { RaftDriver } from './driver.ts'

/** The `raft` section of `/v1/agent/self` and of `consul info`, in Consul's keys. */
export function statsOf(
  driver: RaftDriver,
  consensus: Pick<Consensus, 'role' | 'lastContactMs'>,
): Record<string, string> {
  const { core, lastSnapshot } = driver
  const { configuration, log } = core
  const voters = configuration.servers.filter((server) => server.suffrage === 'voter')
  const servers = configuration.servers.map(({ id, address, suffrage }) => {
    const word = { voter: 'Voter', nonvoter: 'Nonvoter', staging: 'Staging' }[suffrage]
    return `{Suffrage:${word} ID:${id} Address:${address}}`
  })
  return {
    applied_index: String(driver.appliedIndex),
    commit_index: String(core.commitIndex),
    fsm_pending: String(Math.max(0, core.applicableIndex - driver.appliedIndex)),
    last_contact: consensus.role === 'leader' ? '0' : lastContact(consensus.lastContactMs()),
    last_log_index: String(log.lastIndex),
    last_log_term: String(log.lastTerm),
    last_snapshot_index: String(lastSnapshot.index),
    last_snapshot_term: String(lastSnapshot.term),
    latest_configuration: `[${servers.join(' ')}]`,
    latest_configuration_index: String(configuration.index),
    num_peers: String(Math.max(0, voters.length - (core.isVoter ? 1 : 0))),
    protocol_version: '3',
    protocol_version_max: '3',
    protocol_version_min: '0',
    snapshot_version_max: '1',
    snapshot_version_min: '0',
    state: consensus.role[0]!.toUpperCase() + consensus.role.slice(1),
    term: String(core.term),
  }
}

/** As Consul shows it on a follower. */
function lastContact(ms: number | undefined): string {
  return ms === undefined ? 'never' : formatDuration(ms)
}
