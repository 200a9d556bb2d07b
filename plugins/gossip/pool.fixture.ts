import { systemClock } from '../../src/kernel/clock.ts'
import type { ConfigObject } from '../../src/kernel/config-tree.ts'
import { Log } from '../../src/kernel/log.ts'
import { parseOptions } from '../../src/kernel/option-values.ts'
import { systemRandom } from '../../src/kernel/random.ts'
import { freePort } from '../../src/testing/free-ports.ts'
import type { NodeIdentity } from '../node/contract.ts'
import type { MemberChange, MemberStatus, Pool, UserEvent } from './contract.ts'
import { openPool } from './open-pools.ts'
import { type GossipOptions, gossipOptions } from './options.ts'
import type { GossipPool } from './pool.ts'
import { ownTags } from './tags.ts'

export interface TestPoolOptions {
  readonly pool?: Pool
  readonly server?: boolean
  readonly address?: string
  readonly datacenter?: string
  readonly options?: Partial<GossipOptions>
  readonly answer?: (payload: Buffer) => Buffer | undefined
}

/** A member of a pool on the loopback, with all it was told. */
export interface TestPool {
  readonly pool: GossipPool
  readonly address: string
  readonly changes: MemberChange[]
  readonly events: UserEvent[]
  readonly log: string[]
  readonly faults: unknown[]
  /** Names and statuses it knows. */
  statuses(): Record<string, MemberStatus>
  [Symbol.asyncDispose](): Promise<void>
}

const nothingWritten: ConfigObject = { kind: 'object', entries: new Map(), origin: { file: '', line: 0, column: 0 } }

/** Short enough for tests, long enough for a busy machine. */
const fast = { lanGossipInterval: 20, lanProbeInterval: 100, lanProbeTimeout: 50, lanSuspicionMult: 3 }

export async function testPool(name: string, more: TestPoolOptions = {}): Promise<TestPool> {
  const { pool: kind = 'lan', server = false, address = '127.0.0.1', datacenter = 'dc1', options, answer } = more
  const port = await freePort(address)
  const node = nodeOf(name, { server, address, datacenter, port, wanPort: port })
  const lines: string[] = []
  const log = new Log({ level: 'debug', json: false, nowMs: () => 0, write: (line) => void lines.push(line) })
  const changes: MemberChange[] = []
  const events: UserEvent[] = []
  const faults: unknown[] = []
  const pool = await openPool(kind, {
    node,
    options: testOptions(options),
    tags: ownTags(node, { reconnectTimeout: undefined }),
    judge: undefined,
    events: {
      member: (change) => void changes.push(change),
      userEvent: ({ name: event, payload, lTime }) => void events.push({ name: event, payload, lTime }),
      query: ({ payload }) => answer?.(payload),
      fault: (error) => void faults.push(error),
    },
    clock: systemClock,
    random: systemRandom,
    log: log.logger('gossip'),
  })
  return {
    pool,
    address: address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`,
    changes,
    events,
    log: lines,
    faults,
    statuses: () => Object.fromEntries(pool.list().map((member) => [member.name, member.status])),
    [Symbol.asyncDispose]: () => pool.close(),
  }
}

export interface TestNode {
  readonly server: boolean
  readonly port: number
  readonly wanPort: number
  readonly address?: string
  readonly datacenter?: string
}

export function nodeOf(name: string, about: TestNode): NodeIdentity {
  const { server, port, wanPort, address = '127.0.0.1', datacenter = 'dc1' } = about
  return {
    id: systemRandom.uuid(),
    name,
    datacenter,
    server,
    version: '0.0.0',
    consulVersion: '1.10.12',
    dev: true,
    dataDir: undefined,
    bindAddress: address,
    advertiseAddress: address,
    advertiseWanAddress: address,
    clientAddresses: [],
    ports: { http: -1, dns: -1, server: 8300, serfLan: port, serfWan: wanPort },
    meta: {},
    taggedAddresses: {},
  }
}

/** What is left out has its default, but for timings. */
export function testOptions(options: Partial<GossipOptions> = {}): GossipOptions {
  return { ...parseOptions('gossip', gossipOptions, nothingWritten).values, ...fast, ...options }
}
