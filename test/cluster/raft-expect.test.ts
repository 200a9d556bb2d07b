import { expect, test } from 'vitest'
import { eventually } from './agent-process.ts'
import { type GossipAgent, GossipNetwork } from './gossip-agents.ts'

const peersOf = async (agent: GossipAgent) => JSON.parse((await agent.ask('/v1/status/peers')).body) as string[]
const leaderOf = async (agent: GossipAgent) => JSON.parse((await agent.ask('/v1/status/leader?stale')).body) as string

/** Waits until all know one leader, and answers with its address. */
function agreed(agents: readonly GossipAgent[]): Promise<string> {
  return eventually(async () => {
    const leaders = new Set(await Promise.all(agents.map(leaderOf)))
    const [leader] = leaders
    if (leaders.size === 1 && leader !== undefined && leader !== '') return leader
    throw new Error(`leaders are ${JSON.stringify([...leaders])}`)
  })
}

test('three servers that expect one another begin one cluster, and keep it', { timeout: 60_000 }, async () => {
  await using network = await GossipNetwork.open()
  const names = ['one', 'two', 'three']
  const start = (name: string) =>
    network.start(name, {
      server: true,
      args: [
        '-bootstrap-expect=3',
        `-retry-join=${network.addressOf('one')}`,
        '-hcl=performance { raft_multiplier = 1 }',
      ],
    })
  const agents: GossipAgent[] = []
  for (const name of names.slice(0, 2)) agents.push(await start(name))
  await agents[0]!.sees({ one: 1, two: 1 })
  expect(await peersOf(agents[0]!)).toEqual([])
  agents.push(await start('three'))

  const leader = await agreed(agents)
  for (const agent of agents) expect((await peersOf(agent)).sort()).toHaveLength(3)
  const [shown] = await agents[0]!.members()
  expect(shown!.Tags).toMatchObject({ expect: '3' })
  const writer = agents.find(({ address }) => leader.startsWith(`${address}:`))!
  expect((await writer.ask('/v1/kv/greeting', { method: 'PUT', body: 'hello' })).body).toBe('true')

  for (const agent of agents) agent.kill('SIGKILL')
  await Promise.all(agents.map(({ exited }) => exited))
  const again = await Promise.all(names.map(start))
  await agreed(again)
  expect((await peersOf(again[0]!)).length).toBe(3)
  expect((await again[0]!.ask('/v1/kv/greeting?raw&stale')).body).toBe('hello')
})
