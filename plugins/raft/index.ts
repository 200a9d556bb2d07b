import { join } from 'node:path'
import { definePlugin } from '../../src/kernel/plugin.ts'
import { RaftConsensus, roleOf } from './consensus.ts'
import { coreDefaults } from './core/state.ts'
import { RaftDriver } from './driver.ts'
import { Journal } from './journal.ts'
import { LeadershipNotice } from './leadership.ts'
import { bootstrapsAlone, raftOptions, snapshotPolicyOf, timesOf } from './options.ts'
import { raftRoutes } from './routes.ts'
import { MemoryLogStore } from './storage/memory.ts'
import { SqliteLogStore } from './storage/sqlite.ts'

/** Agreement of the servers on one log, which is kept in data/raft.db. */
export default definePlugin({
  name: 'raft',
  summary: 'one log for all servers, in data/raft.db',
  provides: ['consensus'],
  requires: ['node', 'state'],
  wants: ['members'],
  options: raftOptions,
  setup(agent, options) {
    const { clock, hooks, log } = agent
    const node = agent.services.get('node')
    const state = agent.services.get('state')
    const members = agent.services.find('members')
    const alone = bootstrapsAlone(options, node.dev)
    const consensus = new RaftConsensus((name, command) => state.encode(name, command), clock)
    agent.services.provide('consensus', consensus)

    hooks.httpRoutes.tap('raft', (routes) =>
      routes.add(
        ...raftRoutes({
          consensus,
          datacenter: node.datacenter,
          nodeName: (id) => members?.list().find((member) => member.tags.id === id)?.name,
        }),
      ),
    )

    hooks.start.tapPromise('raft', async () => {
      if (!node.server) return
      const address = `${node.advertiseAddress}:${node.ports.server}`
      const servers = () => consensus.configuration().servers
      const addressOf = (id: string) => servers().find((server) => server.id === id)?.address ?? id
      const journal = new Journal(log, { address, nodeName: node.name, addressOf })
      const notice = new LeadershipNotice((change) => hooks.leadership.call(change))
      const self = { id: node.id, address, suffrage: 'voter' } as const
      const driver = await RaftDriver.start({
        core: { ...coreDefaults, ...timesOf(options.raftMultiplier, node.dev), id: node.id },
        store:
          node.dataDir === undefined
            ? new MemoryLogStore(() => clock.wallMs())
            : new SqliteLogStore({ path: join(node.dataDir, 'raft.db') }),
        machine: state,
        clock,
        random: agent.random,
        snapshots: snapshotPolicyOf(options),
        bootstrap: alone ? [self] : undefined,
        // A cluster of one: every message would be to ourselves, and the core sends none of those.
        send: () => {},
        events: {
          event(event) {
            journal.event(event)
            if (event.kind === 'role' && event.role !== 'leader') {
              notice.change(roleOf(event.role), consensus.leader(), event.term)
            }
          },
          leads(term) {
            journal.leads()
            notice.change('leader', consensus.leader(), term)
            // The address of a server may differ from the one it had when the cluster began.
            if (addressOf(node.id) !== address) {
              driver
                .changeMembership({ kind: 'addVoter', id: node.id, address })
                .catch((error) => agent.fault('address', error))
            }
          },
          batchApplied: () => state.batchApplied(),
          stalled(error) {
            if (error) log.error('cannot write the log, no longer taking writes', { error })
            else log.info('the log can be written again')
          },
          snapshotDamaged: (damaged) => log.warn('using an older snapshot', { error: damaged }),
          snapshotFailed: (error) => log.error('failed to take snapshot', { error }),
          fatal(error) {
            notice.change('shutdown', undefined, consensus.term)
            agent.fatal(error)
          },
        },
      })
      consensus.attach(driver)
      agent.own(async () => {
        await driver.stop()
        notice.change('shutdown', undefined, consensus.term)
      })
      agent.onReload((changed) => driver.setSnapshotPolicy(snapshotPolicyOf(changed)))
      const { index, servers: known } = consensus.configuration()
      journal.configuration(index, known)
      if (known.length === 0) {
        log.warn('no known peers, aborting election; start with -bootstrap to begin a cluster with this server')
      } else if (!known.some(({ id }) => id === node.id)) {
        const ids = known.map(({ id }) => id).join(',')
        log.warn('raft.db belongs to other servers, aborting election; put the id back into node-id if it was lost', {
          id: node.id,
          servers: ids,
        })
      }
    })
  },
})
