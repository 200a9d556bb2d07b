import type { GossipTraffic } from '../../plugins/gossip/contract.ts'
import { openPool } from '../../plugins/gossip/open-pools.ts'
import { gossipOptions } from '../../plugins/gossip/options.ts'
import type { GossipPool } from '../../plugins/gossip/pool.ts'
import { ownTags } from '../../plugins/gossip/tags.ts'
import type { NodeIdentity } from '../../plugins/node/contract.ts'
import { systemClock } from '../../src/kernel/clock.ts'
import { Log } from '../../src/kernel/log.ts'
import { parseOptions } from '../../src/kernel/option-values.ts'
import { systemRandom } from '../../src/kernel/random.ts'
import { freePort } from '../../src/testing/free-ports.ts'
import { serveParent } from '../program.ts'

export type GossipMembers = typeof commands

const pools: GossipPool[] = []
const log = new Log({ level: 'error', json: false, nowMs: () => 0 }).logger('gossip')
const nothingWritten = { kind: 'object', entries: new Map(), origin: { file: '', line: 0, column: 0 } } as const
const options = parseOptions('gossip', gossipOptions, nothingWritten).values

/** Members of a LAN pool and nothing else of an agent, with the timings that agents have by default. */
const commands = {
  /** Opens that many more; each joins the member at `address`, or the first of them when there is none. */
  async open(count: number, address?: string): Promise<void> {
    for (let opened = 0; opened < count; opened++) {
      const port = await freePort()
      const node = nodeOf(`member-${process.pid}-${pools.length}`, port)
      const pool = await openPool('lan', {
        node,
        options,
        tags: ownTags(node, { reconnectTimeout: undefined }),
        judge: undefined,
        events: {
          member: () => {},
          userEvent: () => {},
          query: () => undefined,
          fault: (error) => console.error(error),
        },
        clock: systemClock,
        random: systemRandom,
        log,
      })
      pools.push(pool)
      const others = address ?? (pools.length > 1 ? addressOf(pools[0]!) : undefined)
      if (others !== undefined) await pool.join([others])
    }
  },

  /** Whether each of them knows so many members to be alive. */
  allKnow(count: number): boolean {
    return pools.every((pool) => pool.list().filter(({ status }) => status === 1).length === count)
  },

  /** What all of them sent and received so far. */
  traffic(): Pick<GossipTraffic, 'packetsOut' | 'packetBytesOut' | 'streamBytesOut' | 'dropped'> {
    const sum = { packetsOut: 0, packetBytesOut: 0, streamBytesOut: 0, dropped: 0 }
    for (const pool of pools) {
      const traffic = pool.traffic()
      for (const name of Object.keys(sum) as (keyof typeof sum)[]) sum[name] += traffic[name]
    }
    return sum
  },
}

function addressOf(pool: GossipPool): string {
  const [self] = pool.list()
  return `${self!.address}:${self!.port}`
}

function nodeOf(name: string, port: number): NodeIdentity {
  return {
    id: systemRandom.uuid(),
    name,
    datacenter: 'dc1',
    server: false,
    version: '0.0.0',
    consulVersion: '1.10.12',
    dev: true,
    dataDir: undefined,
    bindAddress: '127.0.0.1',
    advertiseAddress: '127.0.0.1',
    advertiseWanAddress: '127.0.0.1',
    clientAddresses: [],
    ports: { http: -1, dns: -1, server: -1, serfLan: port, serfWan: -1 },
    meta: {},
    taggedAddresses: {},
  }
}

serveParent(commands)
