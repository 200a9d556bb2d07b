import { expect, test } from 'vitest'
import { eventually } from './agent-process.ts'
import { Datacenter } from './datacenter.ts'

test('a server that was killed and let go is out of Raft before the catalog forgets it', {
  timeout: 120_000,
}, async () => {
  await using dc = await Datacenter.plan(['-retry-interval=1s', '-hcl=performance { raft_multiplier = 1 }'])
  const servers = await dc.threeServers()
  const leader = await dc.agree(servers)
  const lost = servers.find((server) => server !== leader)!
  await eventually(async () => ((await leader.json('/v1/catalog/nodes')).length === 3 ? true : undefined))
  lost.process.kill('SIGKILL')
  await lost.process.exited
  await leader.put(`/v1/agent/force-leave/${lost.name}`)
  const inCatalog = async () =>
    ((await leader.json('/v1/catalog/nodes')) as { Node: string }[]).some(({ Node }) => Node === lost.name)
  const inRaft = async () =>
    ((await leader.json('/v1/operator/raft/configuration')) as { Servers: { Address: string }[] }).Servers.some(
      ({ Address }) => Address.startsWith(`${lost.ip}:`),
    )
  await eventually(async () => ((await inCatalog()) ? undefined : true))
  expect(await inRaft()).toBe(false)
})
