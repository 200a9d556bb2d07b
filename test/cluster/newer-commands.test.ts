import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { type AgentProcess, agentPorts, eventually, scratchDir } from './agent-process.ts'
import { GossipNetwork } from './gossip-agents.ts'
import { Server, startServer } from './server.ts'

/** A server must not pass over what it does not understand: its tables would differ from then on, and nobody would see. */

const plugin = (file: URL) => `-plugin=${fileURLToPath(file)}`
const newer = plugin(new URL('newer-plugin.fixture.ts', import.meta.url))
/** Otherwise a server of ours would not be taken in, and never meet the command: drift.test.ts. */
const untagged = plugin(new URL('untagged-plugin.fixture.ts', import.meta.url))
const unknownCommand = /the log holds a command of type 35, which this version does not know; run a version that does/
const unknownRecord = /the snapshot holds records of type 36, which this version does not know; run a version that does/

async function endsWith(server: AgentProcess, sentence: RegExp): Promise<void> {
  await server.printed(sentence)
  expect(await server.exited).toEqual({ code: 1, signal: null })
}

test('a server that finds an unknown command in its own log stops and says so', { timeout: 120_000 }, async () => {
  using dir = scratchDir()
  const ports = await agentPorts()
  {
    await using server = await startServer({ dataDir: dir.path, ports, args: [newer] })
    expect(await server.put('/v1/newer')).toBe('true')
  }
  await using older = new Server(ports, { dataDir: dir.path })
  await endsWith(older, unknownCommand)
  // Nothing of it is lost for the version that knows it.
  await using again = await startServer({ dataDir: dir.path, ports, args: [newer] })
  expect(await again.put('/v1/newer')).toBe('true')
})

test('a server that finds unknown records in its snapshot does not start', { timeout: 120_000 }, async () => {
  using dir = scratchDir()
  const ports = await agentPorts()
  const often = '-hcl=raft_snapshot_threshold = 1 raft_snapshot_interval = "1s" raft_trailing_logs = 1'
  {
    await using server = await startServer({ dataDir: dir.path, ports, args: [newer, often] })
    expect(await server.put('/v1/newer')).toBe('true')
    await server.put('/v1/kv/a', 'b')
    await server.put('/v1/kv/a', 'c')
    await eventually(async () => {
      const { Stats } = await server.json('/v1/agent/self')
      return Number(Stats.raft.last_snapshot_index) > 0 ? true : undefined
    })
  }
  await using older = new Server(ports, { dataDir: dir.path })
  await endsWith(older, unknownRecord)
})

test('a server that joins a cluster with unknown commands stops, and harms nobody', { timeout: 60_000 }, async () => {
  await using network = await GossipNetwork.open()
  const first = await network.start('first', { server: true, args: ['-bootstrap', newer, untagged] })
  await eventually(async () => ((await first.put('/v1/newer')).status === 200 ? true : undefined))
  const join = `-retry-join=${network.addressOf('first')}`
  const late = await network.start('late', { server: true, args: [join, untagged] })
  await endsWith(late, unknownCommand)
  expect(await first.ask('/v1/kv/a', { method: 'PUT', body: 'b' })).toMatchObject({ status: 200, body: 'true' })
  expect((await first.ask('/v1/kv/a?raw&consistent')).body).toBe('b')
})
