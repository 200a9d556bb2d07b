import { hostname } from 'node:os'
import { machineInterfaces } from '../../src/config/listen-addresses.ts'
import { assert } from '../../src/kernel/assert.ts'
import { definePlugin } from '../../src/kernel/plugin.ts'
import { consulVersion, version } from '../../src/version.ts'
import { refuseConsulLog } from './consul-log.ts'
import type { NodeIdentity } from './contract.ts'
import { openDataDir, settleNodeId } from './data-dir.ts'
import { settleIdentity } from './identity.ts'
import { nodeOptions } from './options.ts'

/** Who this agent is and where it keeps its files; the data directory is locked while it runs. */
export default definePlugin({
  name: 'node',
  summary: "this agent's name, addresses, ports and data directory",
  provides: ['node'],
  options: nodeOptions,
  setup(agent, options) {
    const { facts, otherAddresses } = settleIdentity(options, {
      hostName: hostname(),
      interfaces: machineInterfaces(),
      version,
      consulVersion,
    })
    const wantedId = options.nodeId?.toLowerCase()
    let id: string | undefined

    const identity: NodeIdentity = {
      ...facts,
      get id() {
        assert(id !== undefined, "the node's id is known once the node plugin has started")
        return id
      },
    }
    agent.services.provide('node', identity)

    // Before everybody who tells others who we are, needed or not.
    agent.hooks.start.tapPromise({ name: 'node', stage: -200 }, async () => {
      if (otherAddresses.length > 0) {
        agent.log.warn('advertising one of several addresses; set advertise_addr to choose', {
          advertised: facts.advertiseAddress,
          others: otherAddresses.join(','),
        })
      }
      if (facts.dataDir === undefined) {
        id = wantedId ?? agent.random.uuid()
        return
      }
      if (facts.server) refuseConsulLog(facts.dataDir)
      const dir = openDataDir(facts.dataDir)
      agent.own(dir)
      id = settleNodeId(dir.path, wantedId, () => agent.random.uuid())
    })
  },
})
