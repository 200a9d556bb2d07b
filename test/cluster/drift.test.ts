import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { eventually } from './agent-process.ts'
import { Datacenter, type DatacenterAgent } from './datacenter.ts'

/** Servers whose plugins replicate different things must not build one state together. */

const fast = ['-hcl=performance { raft_multiplier = 1 }', '-hcl=autopilot { server_stabilization_time = "1s" }']
const notes = `-plugin=${fileURLToPath(new URL('notes-plugin.fixture.ts', import.meta.url))}`
const drifts = (member: string) =>
  new RegExp(`\\[ERROR\\] .*a server replicates other tables or commands .*: member=${member}`)

async function writes(agent: DatacenterAgent, key: string) {
  await eventually(async () => ((await agent.put(`/v1/kv/${key}`, key)) === 'true' ? true : undefined))
}

const kept = async (agent: DatacenterAgent, key: string) => (await agent.ask(`/v1/kv/${key}?raw&stale`)).body

test('a server with another plugin is not taken in until it has the same ones', { timeout: 60_000 }, async () => {
  await using dc = await Datacenter.plan(fast)
  const first = dc.start({ name: 'first', server: true, args: ['-bootstrap'] })
  await writes(first, 'key')
  const other = dc.start({ name: 'other', server: true, args: [notes, dc.joining(0).replace('-join', '-retry-join')] })
  await first.process.printed(/\[ERROR\] .*not adding server: server=other error="other replicates other tables or/)
  await first.process.printed(drifts('other'))
  await other.process.printed(drifts('first'))
  expect(await first.json('/v1/status/peers')).toHaveLength(1)
  await writes(first, 'more')
  expect(await kept(other, 'more')).not.toBe('more')

  await other.process.stop('SIGTERM')
  other.restart([dc.joining(0).replace('-join', '-retry-join')])
  await eventually(async () => ((await kept(other, 'more')) === 'more' ? true : undefined), 30_000)
})

test('servers that expect one another begin nothing while one of them differs', { timeout: 60_000 }, async () => {
  await using dc = await Datacenter.plan(fast)
  const a = dc.start({ name: 'a', server: true, args: ['-bootstrap-expect=2'] })
  await a.process.printed(/Starting server: .*protocol=http/)
  const b = dc.start({ name: 'b', server: true, args: ['-bootstrap-expect=2', notes, dc.joining(0)] })
  await Promise.all([a.process.printed(drifts('b')), b.process.printed(drifts('a'))])
  for (const agent of [a, b]) expect(await agent.json('/v1/status/peers')).toEqual([])
  await b.process.stop('SIGTERM')
  b.restart(['-bootstrap-expect=2', dc.joining(0)])
  await dc.agree([a, b])
})

test('a voter that comes back with another plugin goes on, so that clusters can be upgraded, and is named', {
  timeout: 60_000,
}, async () => {
  await using dc = await Datacenter.plan(fast)
  const servers = await dc.threeServers()
  const leader = await dc.agree(servers)
  const upgraded = servers.find((server) => server !== leader)!
  await upgraded.process.stop('SIGKILL')
  upgraded.restart([notes, ...(upgraded.spec.args ?? [])])
  await leader.process.printed(drifts(upgraded.name))
  await writes(leader, 'key')
  await eventually(async () => ((await kept(upgraded, 'key')) === 'key' ? true : undefined), 30_000)
})

test('whoever leads, a new server takes in nothing while another one differs from it', {
  timeout: 90_000,
}, async () => {
  await using dc = await Datacenter.plan(fast)
  const leader = dc.start({ name: 'leader', server: true, args: ['-bootstrap'] })
  await writes(leader, 'key')
  const voter = dc.start({ name: 'voter', server: true, args: [dc.joining(0)] })
  await eventually(async () => ((await kept(voter, 'key')) === 'key' ? true : undefined), 30_000)
  await voter.process.stop('SIGKILL')
  voter.restart([notes, dc.joining(0)])
  await leader.process.printed(drifts('voter'))

  const late = dc.start({ name: 'late', server: true, args: [dc.joining(0)] })
  await late.process.printed(drifts('voter'))
  await leader.process.printed(/adding server: server=late/)
  await writes(voter, 'more')
  expect(await kept(late, 'key')).not.toBe('key')

  await voter.process.stop('SIGKILL')
  voter.restart([dc.joining(0)])
  await eventually(async () => ((await kept(late, 'more')) === 'more' ? true : undefined), 40_000)
})
