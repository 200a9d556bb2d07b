import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { ask } from '../../plugins/dns/testing/dns-agent.ts'
import { AgentProcess, eventually } from './agent-process.ts'
import { aliveMembers, Datacenter, type DatacenterAgent } from './datacenter.ts'

const example = (name: string) => fileURLToPath(new URL(`../../examples/distributed/${name}.ts`, import.meta.url))

/** The application beside its agent, on the same host. */
function startApp({ ip, ports }: DatacenterAgent, id: string, ttlSeconds: number): AgentProcess {
  const env = { ...process.env, CONSUL_HTTP_ADDR: `${ip}:${ports.http}`, APP_ID: id, APP_BIND: ip }
  return new AgentProcess([example('app'), '9090', String(ttlSeconds)], { command: process.execPath, env })
}

/** What the client prints that asks this agent. */
async function runClient({ ip, ports }: DatacenterAgent): Promise<string[]> {
  const env = { ...process.env, CONSUL_HTTP_ADDR: `${ip}:${ports.http}`, CONSUL_DNS_ADDR: `${ip}:${ports.dns}` }
  const { stdout } = await promisify(execFile)(process.execPath, [example('client')], { env, encoding: 'utf8' })
  return stdout.trim().split('\n').sort()
}

async function addresses(agent: DatacenterAgent, name: string): Promise<string[]> {
  const { answers } = await ask(`${agent.ip}:${agent.ports.dns}`, { name, type: 'A' })
  return answers.map((answer) => answer.split(' ').at(-1)!).sort()
}

/** docs/cluster.md, step by step. */
test('three servers find one another, and an application on two of them is found from the third', {
  timeout: 120_000,
}, async () => {
  await using dc = await Datacenter.plan()
  const first = dc.start({ name: 'one', server: true, args: ['-bootstrap-expect=3'] })
  await first.process.printed(/Starting server: .*protocol=http/)
  const second = dc.start({ name: 'two', server: true, args: [dc.joining(0)] })
  await second.process.printed(/Starting server: .*protocol=http/)
  const refused = await Promise.all([first, second].map((agent) => agent.ask('/v1/catalog/nodes')))
  for (const { status, body } of refused) {
    expect({ status, body }).toEqual({ status: 500, body: expect.stringContaining('No cluster leader') })
  }
  for (const agent of [first, second]) expect(await agent.json('/v1/status/leader')).toBe('')

  const third = dc.start({ name: 'three', server: true, args: [dc.joining(0)] })
  const servers = [first, second, third]
  await dc.agree(servers)
  for (const agent of servers) expect((await aliveMembers(agent)).sort()).toEqual(['one', 'three', 'two'])
  const ips = servers.map(({ ip }) => ip).sort()
  for (const agent of servers) {
    await eventually(async () => ((await addresses(agent, 'consul.service.consul')).length === 3 ? true : undefined))
    expect(await addresses(agent, 'consul.service.consul')).toEqual(ips)
  }

  await using app1 = startApp(first, 'app-1', 3)
  await using app2 = startApp(second, 'app-2', 3)
  await Promise.all([app1.printed(/serves on port/), app2.printed(/serves on port/)])
  const found = [
    `catalog  app-1  ${first.ip}:9090  on one`,
    `catalog  app-2  ${second.ip}:9090  on two`,
    `dns      distributed_app.service.consul  ${first.ip}`,
    `dns      distributed_app.service.consul  ${second.ip}`,
  ]
  await eventually(async () => ((await runClient(third)).length === 4 ? true : undefined))
  expect(await runClient(third)).toEqual(found)

  // The host goes, with all that ran on it.
  app2.kill('SIGKILL')
  second.process.kill('SIGKILL')
  await eventually(async () => {
    const there = await addresses(third, 'distributed_app.service.consul').catch(() => [])
    return there.length === 1 && there[0] === first.ip ? true : undefined
  }, 60_000)
  expect(await runClient(third)).toContain(found[2])
})
