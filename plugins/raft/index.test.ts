import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { formatReport } from '../../src/cli/inspect.ts'
import { Agent } from '../../src/kernel/agent.ts'
import { type Clock, systemClock } from '../../src/kernel/clock.ts'
import { Log } from '../../src/kernel/log.ts'
import { definePlugin } from '../../src/kernel/plugin.ts'
import { systemRandom } from '../../src/kernel/random.ts'
import { Store } from '../../src/store/store.ts'
import { askRoute } from '../../src/testing/ask-route.ts'
import { freePort } from '../../src/testing/free-ports.ts'
import { LocalRpc } from '../../src/testing/local-rpc.ts'
import { VirtualClock } from '../../src/testing/virtual-clock.ts'
import type { PlainReply, RouteDeclaration } from '../http-api/contract.ts'
import type { NodeIdentity } from '../node/contract.ts'
import type { Consensus, Leadership } from './contract.ts'
import { ListMachine, until } from './driver.fixture.ts'
import raft from './index.ts'
import { inspectDatabase } from './inspect.ts'

let dir: string
let port: number
beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'proconsul-raft-'))
  port = await freePort()
})
afterEach(() => rmSync(dir, { recursive: true }))

const defaults = {
  bootstrap: true,
  bootstrapExpect: 0,
  raftMultiplier: 5,
  snapshotThreshold: 16384,
  snapshotInterval: 30_000,
  trailingLogs: 10_240,
}

/** {DirEnt: {Key: 'key one'}, Token: 'secret'} as a KVS command. */
const kvs = Buffer.from('\x02\x82\xa6DirEnt\x81\xa3Key\xa7key one\xa5Token\xa6secret', 'latin1')

/** An agent that has only a node, a state and Raft. */
async function startAgent(
  node: Partial<NodeIdentity> = {},
  options: Partial<typeof defaults> = {},
  clock: Clock = systemClock,
) {
  const machine = new ListMachine()
  const told: Leadership[] = []
  const lines: string[] = []
  const routes: RouteDeclaration[] = []
  const rpc = new LocalRpc(new Store([]))
  const surroundings = definePlugin({
    name: 'surroundings',
    provides: ['node', 'state', 'rpc'],
    setup(agent) {
      const identity = {
        id: 'a0000000-0000-4000-8000-000000000001',
        name: 'node-a',
        datacenter: 'dc1',
        server: true,
        dev: false,
        dataDir: dir,
        bindAddress: '127.0.0.1',
        advertiseAddress: '127.0.0.1',
        ports: { server: port },
        ...node,
      }
      agent.services.provide('node', identity as NodeIdentity)
      const state = {
        ...raftState(machine),
        encode: (name: string, command: unknown) => Buffer.from(`${name} ${command}`),
      }
      agent.services.provide('state', state as never)
      agent.services.provide('rpc', rpc)
      agent.hooks.leadership.tap('surroundings', (change) => void told.push(change))
    },
  })
  const write = (line: string) => void lines.push(line)
  const agent = new Agent({
    plugins: [surroundings, raft].map((plugin) => ({ plugin, origin: 'test' })),
    optionsOf: ({ name }) => (name === 'raft' ? { ...defaults, ...options } : {}),
    log: new Log({ level: 'debug', json: false, write, nowMs: () => 0 }),
    clock,
    random: systemRandom,
    onFatal: (error) => lines.push(`fatal ${error}`),
  })
  agent.hooks.rpcMethods.call(rpc)
  agent.hooks.httpRoutes.call({ add: (...added) => void routes.push(...added) })
  await agent.start()
  const consensus = agent.services.find('consensus') as Consensus
  const get = async (path: string, datacenter = 'dc1') => {
    const reply = (await askRoute(routes, 'GET', `${path}?dc=${datacenter}`)) as PlainReply
    return JSON.parse(String(reply.body)) as unknown
  }
  return { agent, consensus, machine, told, lines, get }
}

function raftState(machine: ListMachine) {
  return {
    apply: (index: number, term: number, data: Buffer) => machine.apply(index, term, data),
    snapshot: () => machine.snapshot(),
    restore: (records: AsyncIterable<Buffer>) => machine.restore(records),
    batchApplied: () => {},
  }
}

describe('the raft plugin', () => {
  test('elects the only server and says so in the words operators look for', async () => {
    const { agent, consensus, lines, told, get } = await startAgent()
    await until(() => told.some((change) => change.role === 'leader'))
    const words = lines.map((line) => line.replace(/^\S+ /, '').trim())
    expect(words).toContain(
      `[INFO]  agent.raft: entering follower state: follower="Node at 127.0.0.1:${port} [Follower]" leader=`,
    )
    expect(words).toContain(
      `[INFO]  agent.raft: entering candidate state: node="Node at 127.0.0.1:${port} [Candidate]" term=2`,
    )
    expect(words).toContain('[INFO]  agent.raft: election won: tally=1')
    expect(words).toContain(`[INFO]  agent.raft: entering leader state: leader="Node at 127.0.0.1:${port} [Leader]"`)
    expect(words).toContain('[INFO]  agent.raft: cluster leadership acquired')
    expect(consensus.leader()).toMatchObject({ address: `127.0.0.1:${port}` })
    expect(consensus.lastContactMs()).toBe(0)
    expect(await get('/v1/status/leader')).toBe(`127.0.0.1:${port}`)
    expect(await get('/v1/status/peers')).toEqual([`127.0.0.1:${port}`])
    await expect(get('/v1/status/peers', 'nope')).rejects.toThrow('No path to datacenter')
    expect(await get('/v1/operator/raft/configuration')).toEqual({
      Servers: [
        {
          ID: 'a0000000-0000-4000-8000-000000000001',
          Node: '(unknown)',
          Address: `127.0.0.1:${port}`,
          Leader: true,
          ProtocolVersion: '3',
          Voter: true,
        },
      ],
      Index: 1,
    })
    expect(consensus.stats()).toMatchObject({ state: 'Leader', term: '2', num_peers: '0', last_contact: '0' })
    const leading = told.at(-1)!
    expect(leading.signal.aborted).toBe(false)
    await agent.stop()
    expect(leading.signal.aborted).toBe(true)
    expect(consensus.role).toBe('shutdown')
    expect(lines.filter((line) => line.includes('fault'))).toEqual([])
  })

  test('keeps everything over a restart, and inspect shows it while it runs', async () => {
    const first = await startAgent()
    await until(() => first.told.some((change) => change.role === 'leader'))
    expect(await first.consensus.append(kvs)).toBe(`3: ${kvs}`)
    await first.consensus.barrier()
    const report = inspectDatabase(join(dir, 'raft.db'))
    expect(report.log).toEqual({ firstIndex: 1, lastIndex: 4, lastTerm: 2 })
    expect(report.kinds.map(({ kind, entries }) => `${kind} ${entries}`)).toEqual([
      'barrier 1',
      'configuration 1',
      'kvs 1',
      'no-op 1',
    ])
    expect(report.entries[2]).toMatchObject({
      index: 3,
      kind: 'kvs',
      body: { DirEnt: { Key: 'key one' }, Token: '(hidden)' },
    })
    expect(report.peers?.servers[0]).toMatchObject({ address: `127.0.0.1:${port}`, suffrage: 'voter' })
    expect(formatReport(report)).toMatch(/Log +entries 1 to 4, last of term 2/)
    expect(formatReport(report)).toMatch(/kvs .* DirEnt.Key=key one$/m)
    await first.agent.stop()

    const second = await startAgent({ advertiseAddress: '127.0.0.2' })
    expect([second.consensus.leader(), second.machine.items]).toEqual([undefined, []])
    await until(() => second.consensus.leader() !== undefined)
    expect(second.machine.items).toEqual([String(kvs)])
    await until(() => second.consensus.configuration().servers[0]?.address === `127.0.0.2:${port}`)
    expect(second.machine.items).toEqual([String(kvs)])
    await second.consensus.verifyLeader()
    await second.agent.stop()
  })

  test('in dev mode writes nothing and leads at once: its clock need not move', async () => {
    const clock = new VirtualClock()
    const { agent, told, consensus } = await startAgent({ dev: true, dataDir: undefined }, { bootstrap: false }, clock)
    await until(() => told.some((change) => change.role === 'leader'))
    expect(readdirSync(dir)).toEqual([])
    await consensus.append(Buffer.from('x'))
    await agent.stop()
  })

  test('without bootstrap waits for a cluster, and says how to begin one', async () => {
    const { agent, consensus, lines } = await startAgent({}, { bootstrap: false })
    expect(lines.some((line) => line.includes('to begin a new cluster start it with -bootstrap-expect'))).toBe(true)
    await expect(consensus.append(Buffer.from('x'))).rejects.toThrow('No cluster leader')
    expect(consensus.leader()).toBeUndefined()
    await agent.stop()
  })

  test('refuses settings that contradict each other', async () => {
    await expect(startAgent({}, { bootstrapExpect: 1 })).rejects.toThrow('mutually exclusive')
  })

  test('that expects others waits for them, and shows it in gossip', async () => {
    const { agent, consensus, lines } = await startAgent({}, { bootstrap: false, bootstrapExpect: 3 })
    expect(lines.some((line) => line.includes('expecting servers to begin a cluster with: expect=3'))).toBe(true)
    expect(consensus.configuration().servers).toEqual([])
    expect(agent.hooks.memberTags.call({ role: 'consul' })).toEqual({ role: 'consul', expect: '3' })
    await agent.stop()
  })
})
