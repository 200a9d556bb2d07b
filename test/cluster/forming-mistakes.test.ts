import { copyFileSync, mkdirSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { eventually } from './agent-process.ts'
import { aliveMembers, Datacenter, type DatacenterAgent } from './datacenter.ts'

/** Leaders are found soon, so that tests need not wait long. */
const fast = '-hcl=performance { raft_multiplier = 1 }'

const up = (agent: DatacenterAgent) => agent.process.printed(/Starting server: .*protocol=http/)

/** Writes a key as soon as somebody leads, and sees it there. */
async function writes(agent: DatacenterAgent, key: string, value: string) {
  await eventually(async () => ((await agent.put(`/v1/kv/${key}`, value)) === 'true' ? true : undefined))
  expect((await agent.ask(`/v1/kv/${key}?raw&consistent`)).body).toBe(value)
}

async function peers(agent: DatacenterAgent): Promise<string[]> {
  return ((await agent.json('/v1/status/peers')) as string[]).sort()
}

const addresses = (agents: readonly DatacenterAgent[]) => agents.map(({ ip, ports }) => `${ip}:${ports.server}`).sort()

/** What this agent alone has at a key. */
const kept = async (agent: DatacenterAgent, key: string) => (await agent.ask(`/v1/kv/${key}?raw&stale`)).body

/** One server that leads itself. */
async function single(dc: Datacenter, name: string, args: readonly string[] = []) {
  const server = dc.start({ name, server: true, args: ['-bootstrap', ...args] })
  await up(server)
  await writes(server, 'mine', name)
  return server
}

const retrying = (dc: Datacenter, number: number) => dc.joining(number).replace('-join', '-retry-join')

test('servers that expect different numbers begin nothing, and say which of them differs', {
  timeout: 120_000,
}, async () => {
  await using dc = await Datacenter.plan([fast])
  const a = dc.start({ name: 'a', server: true, args: ['-bootstrap-expect=2'] })
  await up(a)
  const b = dc.start({ name: 'b', server: true, args: ['-bootstrap-expect=3', dc.joining(0)] })
  await b.process.printed(/\[ERROR\] .*a server has a conflicting expect value, 2 and not 3; all servers .*member=a/)
  await a.process.printed(/\[ERROR\] .*conflicting expect value, 3 and not 2; .*member=b/)
  for (const agent of [a, b]) expect(await agent.json('/v1/status/peers')).toEqual([])

  // Corrected, they begin.
  await b.process.stop('SIGTERM')
  b.restart(['-bootstrap-expect=2', dc.joining(0)])
  await dc.agree([a, b])
  await writes(b, 'key', 'value')
})

test('two servers that each began a cluster keep their own when they meet', { timeout: 120_000 }, async () => {
  await using dc = await Datacenter.plan([fast])
  const a = await single(dc, 'a')
  const b = await single(dc, 'b', [dc.joining(0)])
  const found = (one: string, other: string) =>
    new RegExp(
      `\\[ERROR\\] .*not adding server: server=${other} .*${other} was started with -bootstrap, and so was ${one}`,
    )
  await a.process.printed(found('a', 'b'))
  await b.process.printed(found('b', 'a'))
  for (const agent of [a, b]) {
    expect(await peers(agent)).toEqual(addresses([agent]))
    expect(await kept(agent, 'mine')).toBe(agent.name)
    await writes(agent, 'more', agent.name)
  }
})

test('a server that began a cluster by mistake is not taken into the one it meets, nor takes that in', {
  timeout: 60_000,
}, async () => {
  await using dc = await Datacenter.plan([fast])
  const servers = await dc.threeServers()
  await writes(servers[0]!, 'mine', 'three')
  const stranger = await single(dc, 'stranger', [dc.joining(0)])
  const leader = await dc.agree(servers)
  await leader.process.printed(
    /\[ERROR\] .*not adding server: server=stranger error="stranger is in another cluster, of the/,
  )
  await stranger.process.printed(/\[ERROR\] .*not adding server: server=server-1 error="server-1 is in another cluster/)
  expect(await peers(stranger)).toEqual(addresses([stranger]))
  expect(await kept(stranger, 'mine')).toBe('stranger')
  for (const server of servers) {
    expect(await peers(server)).toEqual(addresses(servers))
    expect(await kept(server, 'mine')).toBe('three')
  }
  await writes(servers[1]!, 'more', 'three')
})

test('a server with the data directory of another cluster stays out until that is gone', {
  timeout: 60_000,
}, async () => {
  await using dc = await Datacenter.plan([fast])
  const before = await single(dc, 'old')
  await before.process.stop('SIGTERM')
  const a = await single(dc, 'a')
  const old = dc.start({ name: 'old', server: true, args: [dc.joining(1)] })
  await up(old)
  await a.process.printed(/\[ERROR\] .*not adding server: .*old is in another cluster, .* empty data directories/)
  await writes(a, 'more', 'a')
  expect([await peers(a), await kept(a, 'mine')]).toEqual([addresses([a]), 'a'])
  expect(await kept(old, 'mine')).toBe('old')

  await old.process.stop('SIGTERM')
  const fresh = dc.start({ name: 'new', server: true, args: [dc.joining(1)] })
  await dc.agree([a, fresh])
  await eventually(async () => ((await kept(fresh, 'mine')) === 'a' ? true : undefined))
})

test('a first server that lost its disk and begins again by itself leaves its cluster alone', {
  timeout: 90_000,
}, async () => {
  await using dc = await Datacenter.plan([fast, '-hcl=autopilot { server_stabilization_time = "1s" }'])
  const first = await single(dc, 'first')
  const others = ['second', 'third'].map((name) => dc.start({ name, server: true, args: [dc.joining(0)] }))
  await dc.agree([first, ...others])
  const voters = async () => {
    const { Servers } = await others[0]!.json('/v1/operator/raft/configuration')
    return (Servers as { Voter: boolean }[]).filter(({ Voter }) => Voter).length
  }
  await eventually(async () => ((await voters()) === 3 ? true : undefined), 60_000)

  const wipe = async () => {
    await first.process.stop('SIGKILL')
    rmSync(first.dataDir, { recursive: true, force: true })
  }
  await wipe()
  first.restart(['-bootstrap', retrying(dc, 1)])
  await up(first)
  const leader = await dc.agree(others)
  await leader.process.printed(/\[ERROR\] .*not adding server: server=first error="first is in another cluster/)
  await writes(others[0]!, 'more', 'yes')
  for (const other of others) expect(await kept(other, 'mine')).toBe('first')
  expect((await first.ask('/v1/kv/mine?stale')).status).toBe(404)
  expect(await peers(first)).toEqual(addresses([first]))
  const { NodeID: impostor } = (await first.json('/v1/agent/self')).Config
  const { Servers } = await leader.json('/v1/operator/raft/configuration')
  expect((Servers as { ID: string }[]).map(({ ID }) => ID)).not.toContain(impostor)

  // As the log said: an empty data directory, and no -bootstrap.
  await wipe()
  first.restart([retrying(dc, 1)])
  await eventually(async () => ((await kept(first, 'more')) === 'yes' ? true : undefined), 60_000)
  await eventually(async () => ((await voters()) === 3 ? true : undefined), 60_000)
  expect(await kept(first, 'mine')).toBe('first')
})

test('a server that was removed while it was away is taken in again', { timeout: 60_000 }, async () => {
  await using dc = await Datacenter.plan([fast])
  const servers = await dc.threeServers()
  const leader = await dc.agree(servers)
  const away = servers.find((server) => server !== leader)!
  await away.process.stop('SIGKILL')
  const path = `/v1/operator/raft/peer?address=${away.ip}:${away.ports.server}`
  expect(await leader.ask(path, { method: 'DELETE' })).toMatchObject({ status: 200 })
  expect(await peers(leader)).not.toContain(`${away.ip}:${away.ports.server}`)
  await writes(leader, 'meanwhile', 'yes')
  away.restart()
  await dc.agree(servers, 40_000)
  await eventually(async () => ((await kept(away, 'meanwhile')) === 'yes' ? true : undefined))
  await eventually(async () => ((await peers(leader)).length === 3 ? true : undefined))
  expect(await peers(leader)).toEqual(addresses(servers))
  for (const { process } of servers) expect(process.output).not.toMatch(/\[ERROR\]/)
})

test.for([
  ['server', true],
  ['client', false],
] as const)(
  'a %s of another datacenter stays out, and both sides are told',
  { timeout: 120_000 },
  async ([, server]) => {
    await using dc = await Datacenter.plan([fast])
    const a = await single(dc, 'a')
    const lost = dc.start({ name: 'lost', server, args: ['-datacenter=dc2', dc.joining(0)] })
    expect(await lost.process.exited).toMatchObject({ code: 1 })
    expect(lost.process.stderr).toContain("Member 'a' part of wrong datacenter 'dc1' (expected 'dc2')")
    expect(a.process.output).toContain("Member 'lost' part of wrong datacenter 'dc2' (expected 'dc1')")
    expect(await aliveMembers(a)).toEqual(['a'])
    await writes(a, 'more', 'a')
  },
)

test('an agent with the name of another one displaces nobody', { timeout: 60_000 }, async () => {
  await using dc = await Datacenter.plan([fast])
  const a = await single(dc, 'a')
  const client = dc.start({ name: 'client', server: false, args: [dc.joining(0)] })
  await dc.agree([a, client])
  await client.put('/v1/agent/service/register', { Name: 'web', Port: 80 })
  await eventually(async () => ((await a.json('/v1/health/service/web?passing')).length === 1 ? true : undefined))

  const rivals = [
    dc.start({ name: 'rival', server: false, args: ['-node=client', dc.joining(0)] }),
    dc.start({ name: 'rival-server', server: true, args: ['-node=a', dc.joining(0)] }),
  ]
  await Promise.all(rivals.map((rival) => rival.process.printed(/\[ERROR\] .*Node name conflicts with another node/)))
  await a.process.printed(/\[WARN\] .*Name conflict of two members.*member=client/)
  await a.process.printed(/\[ERROR\] .*Node name conflicts with another node/)
  await writes(a, 'more', 'a')
  expect(await peers(a)).toEqual(addresses([a]))
  const web = (await a.json('/v1/health/service/web?passing')) as { Node: { Address: string } }[]
  expect(web.map(({ Node }) => Node.Address)).toEqual([client.ip])
  const members = (await a.json('/v1/agent/members')) as { Name: string; Addr: string; Status: number }[]
  expect(members.map(({ Name, Addr, Status }) => [Name, Addr, Status]).sort()).toEqual([
    ['a', a.ip, 1],
    ['client', client.ip, 1],
  ])
})

test('agents with copied node ids displace nobody, and are told what to remove', { timeout: 60_000 }, async () => {
  await using dc = await Datacenter.plan([fast])
  const servers = await dc.threeServers()
  const leader = await dc.agree(servers)
  const client = dc.start({ name: 'client', server: false, args: [dc.joining(0)] })
  await dc.agree([leader, client])
  await client.put('/v1/agent/service/register', { Name: 'web', Port: 80 })
  await eventually(async () => ((await leader.json('/v1/health/service/web?passing')).length === 1 ? true : undefined))

  /** An agent whose machine was made from that of another. */
  const copy = (original: DatacenterAgent, name: string) => {
    const dir = join(dirname(original.dataDir), name)
    mkdirSync(dir)
    copyFileSync(join(original.dataDir, 'node-id'), join(dir, 'node-id'))
    return dc.start({ name, server: original.spec.server, args: [retrying(dc, servers.indexOf(leader))] })
  }
  const follower = servers.find((server) => server !== leader)!
  const copies = [copy(follower, 'copied-server'), copy(client, 'copied-client')]
  for (const { process } of copies) {
    await process.printed(/Join cluster failed.* has conflicting node ID .*: remove the file node-id/)
  }
  await leader.process.printed(
    /\[ERROR\] .*not adding server: .*copied-server has the node ID .* remove the file node-id/,
  )
  await leader.process.printed(/\[ERROR\] .*not registering a member with the node ID .*member=copied-client/)
  await writes(follower, 'more', 'yes')
  expect(await peers(leader)).toEqual(addresses(servers))
  const nodes = (await leader.json('/v1/catalog/nodes')) as { Node: string }[]
  expect(nodes.map(({ Node }) => Node).sort()).toEqual(['client', 'server-1', 'server-2', 'server-3'])
  expect(await leader.json('/v1/health/service/web?passing')).toHaveLength(1)

  // When they go, who was copied stays.
  for (const { process } of copies) expect(await process.stop('SIGINT')).toMatchObject({ code: expect.any(Number) })
  await eventually(async () => {
    const alive = await aliveMembers(leader)
    return alive.some((name) => name.startsWith('copied-')) ? undefined : true
  })
  await writes(follower, 'still', 'yes')
  expect(await peers(leader)).toEqual(addresses(servers))
})

test('two of three expected servers wait, say for how many, and the third one completes them', {
  timeout: 60_000,
}, async () => {
  await using dc = await Datacenter.plan([fast])
  const a = dc.start({ name: 'a', server: true, args: ['-bootstrap-expect=3'] })
  await up(a)
  const late = dc.start({ name: 'late', server: true, args: [dc.joining(0)] })
  await late.process.printed(/no known peers, .*waiting for a leader to take this server in/)
  await a.process.printed(/waiting for servers to begin a cluster with: found=2 expect=3/)
  for (const agent of [a, late]) {
    expect(await agent.json('/v1/status/leader')).toBe('')
    expect(await agent.json('/v1/status/peers')).toEqual([])
  }
  const third = dc.start({ name: 'third', server: true, args: ['-bootstrap-expect=3', dc.joining(0)] })
  const servers = [a, late, third]
  await dc.agree(servers)
  await writes(late, 'key', 'value')
  for (const { process } of servers) expect(process.output).not.toMatch(/\[ERROR\]/)
})
