import { assert } from '../../src/kernel/assert.ts'
import type { Logger } from '../../src/kernel/log.ts'
import type { NodeIdentity } from '../node/contract.ts'
import type { KeyringAnswer, Members, Pool } from './contract.ts'
import { describeMember } from './describe.ts'
import { NoWanPoolError, UnknownMemberError } from './errors.ts'
import type { GossipPool } from './pool.ts'

/** The pools this agent is in, from the `start` hook on. */
export interface OpenPools {
  lan: GossipPool | undefined
  /** Only servers have one. */
  wan: GossipPool | undefined
}

/** The service `members`: one face for both pools. */
export function membersOf(pools: OpenPools, node: NodeIdentity, log: Logger, joined: Promise<void>): Members {
  const lan = () => {
    assert(pools.lan, 'the members are known once the gossip plugin has started')
    return pools.lan
  }
  const poolOf = (wan = false) => (wan ? pools.wan : pools.lan)
  return {
    list: (wan) => poolOf(wan)?.list() ?? [],
    find: (name, wan) => poolOf(wan)?.find(name),
    self: () => {
      const self = lan().find(node.name)
      assert(self, 'this agent is a member of its own pool')
      return self
    },
    describe: describeMember,

    async join(addresses, { wan = false } = {}) {
      const pool = wan ? pools.wan : lan()
      if (pool === undefined) throw new NoWanPoolError()
      const cluster: Pool = wan ? 'wan' : 'lan'
      log.info(`(${cluster.toUpperCase()}) joining`, { addresses: addresses.join(',') })
      const agents = await pool.join(addresses)
      log.info(`(${cluster.toUpperCase()}) joined`, { number_of_nodes: agents })
      return agents
    },

    joined: () => joined,

    async leave() {
      await pools.wan?.leave()
      await pools.lan?.leave()
    },

    async forceLeave(name, { prune = false, wan = false } = {}) {
      log.info('Force leaving node', { node: name })
      if (wan) {
        if (pools.wan === undefined) throw new NoWanPoolError()
        await pools.wan.forceLeave(name, prune)
        return
      }
      if (lan().find(name) === undefined) throw new UnknownMemberError(name)
      const nameInWan = `${name}.${node.datacenter}`
      const inWan = pools.wan?.find(nameInWan) !== undefined
      await Promise.all([lan().forceLeave(name, prune), inWan && pools.wan!.forceLeave(nameInWan, prune)])
    },

    userEvent: (name, payload, coalesce) => lan().userEvent(name, payload, coalesce),
    query: (name, payload, options = {}) => lan().query(name, payload, options),

    async keyring(request) {
      const answers: KeyringAnswer[] = []
      for (const pool of [request.lanOnly ? undefined : pools.wan, lan()])
        if (pool) answers.push(await pool.keyring(request))
      return answers
    },

    coordinate: (wan) => poolOf(wan)?.coordinate(),
    coordinateOf: (name, wan) => poolOf(wan)?.coordinateOf(name),
    roundTripMs: (name, wan) => poolOf(wan)?.roundTripMs(name),
    traffic: (wan) => poolOf(wan)?.traffic(),
    stats: (wan) => poolOf(wan)?.stats() ?? {},
  }
}
