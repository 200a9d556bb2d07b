import { isDeepStrictEqual } from 'node:util'
import { beforeAll, expect, test } from 'vitest'
import { freePorts } from '../../src/testing/free-ports.ts'
import { eventually, proconsul, scratchDir } from '../cluster/agent-process.ts'
import { ConsulAgent, consulBinary } from './consul-agent.ts'

/** One of our servers as the third voter beside two real ones of Consul: one log, whoever leads. */

beforeAll(() => void consulBinary())

async function cluster() {
  const [http, dns, server, serfLan, serfWan] = (await freePorts(5)) as [number, number, number, number, number]
  const ports = { http, dns, server, serfLan, serfWan }
  const dir = scratchDir()
  const network = 16 + (serfLan % 200)
  const start = (number: number, name: string, command?: string) => {
    const joins = [1, 2, 3].map((other) => `-retry-join=127.0.${network}.${other}:${serfLan}`)
    // Snapshots come early, so that a newcomer gets one instead of the log.
    const snapshots = '-hcl=raft_snapshot_threshold = 64 raft_snapshot_interval = "5s" raft_trailing_logs = 16'
    const args = ['-server', '-bootstrap-expect=3', snapshots, ...joins]
    const ip = `127.0.${network}.${number}`
    return new ConsulAgent({ name, ip, dir: dir.path, ports, args, ...(command !== undefined && { command }) })
  }
  const real = [start(1, 'real-1'), start(2, 'real-2')] as const
  const ours = start(3, 'ours', proconsul)
  const all = [...real, ours]
  return {
    real,
    ours,
    all,
    async [Symbol.asyncDispose]() {
      await Promise.all(all.map((agent) => agent[Symbol.asyncDispose]()))
      dir[Symbol.dispose]()
    },
  }
}

/** The leader all of these agree on. */
function leaderOf(agents: readonly ConsulAgent[], withinMs = 60_000): Promise<ConsulAgent> {
  return eventually(async () => {
    const leaders = new Set(
      await Promise.all(agents.map((agent) => agent.json('/v1/status/leader') as Promise<string>)),
    )
    const [leader] = leaders
    return leaders.size === 1 ? agents.find(({ serverAddress }) => serverAddress === leader) : undefined
  }, withinMs)
}

/** Everything that is replicated, as a server shows it from its own copy: bodies, and the indexes of the tables. */
async function stateOf(agent: ConsulAgent): Promise<Record<string, unknown>> {
  const reads = [
    '/v1/kv/?recurse',
    '/v1/catalog/nodes',
    '/v1/catalog/services',
    '/v1/catalog/service/web',
    '/v1/health/state/any',
    '/v1/session/list',
    '/v1/query',
    '/v1/coordinate/nodes',
    '/v1/operator/autopilot/configuration',
  ]
  const shown = reads.map(async (path) => {
    const { status, headers, body } = await agent.ask(`${path}${path.includes('?') ? '&' : '?'}stale`)
    if (status !== 200) throw new Error(`${agent.name}: GET ${path} answered ${status}: ${body}`)
    return [path, { index: headers['x-consul-index'], body: JSON.parse(body) }]
  })
  return Object.fromEntries(await Promise.all(shown))
}

/** Waits until all hold the same; says what differs when they do not in time. */
async function agree(agents: readonly ConsulAgent[], withinMs = 30_000): Promise<void> {
  let states: Record<string, unknown>[] = []
  await eventually(async () => {
    states = await Promise.all(agents.map(stateOf))
    return states.every((state) => isDeepStrictEqual(state, states[0])) ? true : undefined
  }, withinMs).catch(() => undefined)
  expect(states.length).toBe(agents.length)
  for (const state of states) expect(state).toEqual(states[0])
}

/** Writes until the log no longer reaches back to where it is now, which is in a snapshot then. */
async function outgrow(leader: ConsulAgent): Promise<void> {
  const raft = async () => (await leader.json('/v1/agent/self')).Stats.raft
  const before = Number((await raft()).last_log_index)
  for (let more = 0; more < 200; more++) await leader.put(`/v1/kv/filler/${more}`, 'x')
  await eventually(async () => (Number((await raft()).last_snapshot_index) > before + 20 ? true : undefined), 60_000)
}

/** Commands of every kind, through whichever agent. */
async function write(agent: ConsulAgent, round: string): Promise<void> {
  await agent.put(`/v1/kv/${round}/plain?flags=18446744073709551615`, 'value')
  await agent.put(`/v1/kv/${round}/gone`, 'value')
  await agent.put(`/v1/kv/${round}/gone`, '', 'DELETE')
  const node = { Node: `node-${round}`, Address: '192.0.2.1', NodeMeta: { round } }
  const service = { ID: `web-${round}`, Service: 'web', Port: 80, Tags: ['a'], Meta: { round }, TaggedAddresses: {} }
  const check = { CheckID: `c-${round}`, Name: 'c', Status: 'passing', ServiceID: service.ID }
  await agent.put('/v1/catalog/register', { ...node, Service: service, Check: check })
  const session = { Name: round, Node: node.Node, NodeChecks: [], LockDelay: '1ms', TTL: '1h' }
  const { ID } = JSON.parse(await agent.put('/v1/session/create', session))
  expect((await agent.put(`/v1/kv/${round}/lock?acquire=${ID}`, 'held')).trim()).toBe('true')
  const query = { Name: `q-${round}`, Service: { Service: 'web', OnlyPassing: true }, DNS: { TTL: '10s' } }
  await agent.put('/v1/query', query, 'POST')
  const Coord = { Vec: Array(8).fill(0.001), Error: 1.5, Adjustment: 0, Height: 0.00001 }
  await agent.put('/v1/coordinate/update', { Node: node.Node, Coord })
  const operations = [
    { KV: { Verb: 'set', Key: `${round}/txn`, Value: 'eA==' } },
    { KV: { Verb: 'cas', Key: `${round}/new`, Value: 'eA==', Index: 0 } },
  ]
  await agent.put('/v1/txn', operations)
}

test('one log and one state, while real servers and ours lead in turn', async () => {
  await using all = await cluster()
  const { real, ours } = all
  const first = await leaderOf(all.all)
  await write(ours, 'through-ours')
  for (const agent of real) await write(agent, `through-${agent.name}`)
  await agree(all.all)

  // Leaders are killed until ours leads; the one that was killed comes back, so that two always run.
  let leader = first
  for (let turn = 0; leader !== ours && turn < 10; turn++) {
    const killed = leader
    await killed.process.stop('SIGKILL')
    leader = await leaderOf(all.all.filter((agent) => agent !== killed))
    killed.restart()
    await leaderOf(all.all)
  }
  expect(leader.name).toBe('ours')
  await write(real[0], 'while-ours-leads')
  await agree(all.all)

  // A real server that was away for long takes the snapshot that ours has made meanwhile.
  await real[1].process.stop('SIGKILL')
  await outgrow(ours)
  real[1].restart()
  await leaderOf(all.all)
  await agree(all.all, 60_000)

  await ours.process.stop('SIGKILL')
  const next = await leaderOf(real)
  await write(next, 'while-a-real-one-leads')
  ours.restart()
  await leaderOf(all.all)
  await agree(all.all, 60_000)
})

test('ours that was away for long takes the snapshot of a real leader', async () => {
  await using all = await cluster()
  const { real, ours } = all
  await leaderOf(all.all)
  await write(real[0], 'first')
  await ours.process.stop('SIGKILL')
  await outgrow(await leaderOf(real))
  ours.restart()
  await leaderOf(all.all)
  await agree(all.all, 60_000)
})
