import { join } from 'node:path'
import Database from 'better-sqlite3'
import { expect, test } from 'vitest'
import { eventually, run } from './agent-process.ts'
import { Datacenter, type DatacenterAgent } from './datacenter.ts'

const quickly = '-hcl=performance { raft_multiplier = 2 } limits { kv_max_value_size = 4194304 }'

/** 3 MiB of text in which no two lines are alike. */
function large(letter: string): string {
  return Array.from({ length: 3 * 2 ** 16 }, (_, at) => `${letter} ${at}`.padEnd(15).concat('\n')).join('')
}

const holds = async (agent: DatacenterAgent, value: string, how = 'raw') =>
  (await agent.ask(`/v1/kv/large?${how}`)).body === value ? true : undefined

test('a value larger than a log entry is whole on every agent, and after the leader was killed', {
  timeout: 120_000,
}, async () => {
  await using dc = await Datacenter.plan([quickly])
  const servers = await dc.threeServers()
  const [client] = (await dc.clients(1)) as [DatacenterAgent]
  // Tried again, as a busy machine may cost a server its leadership.
  await eventually(() => client.put('/v1/kv/large', large('a')))
  for (const agent of [...servers, client]) expect(await holds(agent, large('a'))).toBe(true)

  const led = await servers[0]!.json('/v1/status/leader')
  const leader = servers.find(({ ip }) => led.startsWith(`${ip}:`))!
  await leader.process.stop('SIGKILL')
  await eventually(() => client.put('/v1/kv/large', large('b')))
  leader.restart()
  for (const server of servers) await eventually(() => holds(server, large('b'), 'raw&stale').catch(() => undefined))

  const { stdout } = await run(['inspect', join(leader.dataDir, 'raft.db')])
  expect(stdout).toMatch(/^piece +\d\d /m)
  expect(stdout).not.toMatch(/^kvs /m)
  // It stands in the log as Consul's servers would have it: full pieces, each of which says which it is, and a rest.
  const log = new Database(join(leader.dataDir, 'raft.db'), { readonly: true })
  const pieces = log.prepare('SELECT length(data) FROM log WHERE extensions IS NOT NULL').pluck().all() as number[]
  log.close()
  expect(pieces.filter((sizeBytes) => sizeBytes === 2 ** 19).length).toBeGreaterThanOrEqual(12)
  expect(pieces.filter((sizeBytes) => sizeBytes < 1000).length).toBeGreaterThanOrEqual(2)
})
