import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { run, scratchDir } from './agent-process.ts'
import { type Server, startServer } from './server.ts'

test('inspect tells of a raft.db while the agent runs, and of the same one after kill -9', async () => {
  using dir = scratchDir()
  const dataDir = join(dir.path, 'data')
  const path = join(dataDir, 'raft.db')
  await using server = await startServer({ dataDir })
  for (let number = 1; number <= 20; number++) await server.put(`/v1/kv/inspected/${number}`, `value ${number}`)
  const { NodeID: id } = (await server.json('/v1/agent/self')).Config
  const address = `127.0.0.1:${server.ports.server}`

  const running = await report(path)
  expect(running).toMatchObject({
    path,
    formatVersion: 1,
    vote: { term: 2, votedFor: id },
    log: { firstIndex: 1, lastTerm: 2 },
    peers: { index: 1, servers: [{ id, address, suffrage: 'voter' }] },
    snapshots: [],
  })
  expect(running.kinds).toContainEqual(expect.objectContaining({ kind: 'kvs', entries: 20 }))
  expect(running.kinds).toContainEqual(expect.objectContaining({ kind: 'configuration', entries: 1 }))
  expect(running.sizes.fileBytes + running.sizes.walBytes).toBeGreaterThan(4096)

  const text = await inspect(path)
  expect(text).toMatch(new RegExp(`^File +${path} \\(format 1\\)$`, 'm'))
  expect(text).toMatch(new RegExp(`^Term +2, voted for ${id}$`, 'm'))
  expect(text).toMatch(new RegExp(`^${id} +${address} +voter$`, 'm'))
  expect(text).toMatch(/^kvs +20 /m)
  expect(await inspect(path, '-entries=3')).toMatch(/inspected\/20/)
  expect(await server.get('/v1/kv/inspected/7?raw'), 'reading disturbs nobody').toBe('value 7')

  const last = await lastIndex(server)
  await server.stop('SIGKILL')
  expect(existsSync(`${path}-wal`), 'the file is as the crash left it').toBe(true)
  const crashed = await report(path)
  expect(crashed.log.lastIndex).toBeGreaterThanOrEqual(last)
  expect({ ...crashed, ...fleeting }).toEqual({ ...running, ...fleeting, vote: crashed.vote })
  expect(await inspect(path)).toMatch(/^kvs +20 /m)

  await using again = await startServer({ dataDir, ports: server.ports })
  expect(await again.get('/v1/kv/inspected/20?raw')).toBe('value 20')
})

/** What may differ between two looks: the agent goes on writing between them. */
const fleeting = { log: 0, kinds: 0, entries: 0, sizes: 0 }

test.for([
  ['no file named', [], /which file\?/],
  ['a flag it does not have', ['-color', 'raft.db'], /inspect has no flag -color/],
  ['a file that is not there', ['/proconsul/raft.db'], /\/proconsul\/raft\.db .*there is no such file/],
  [
    'a file that is no database',
    [import.meta.filename],
    /inspect\.test\.ts is not a Raft log: it is no SQLite database/,
  ],
] as const)('inspect with %s says what is wrong and exits with 1', async ([, args, message]) => {
  const { code, stdout, stderr } = await run(['inspect', ...args])
  expect(stderr).toMatch(message)
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
})

async function inspect(path: string, ...flags: string[]): Promise<string> {
  const { code, stdout, stderr } = await run(['inspect', ...flags, path])
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  return stdout
}

// biome-ignore lint/suspicious/noExplicitAny: the test looks into what it expects
async function report(path: string): Promise<any> {
  return JSON.parse(await inspect(path, '-format=json'))
}

async function lastIndex(server: Server): Promise<number> {
  const { headers } = await server.ask('/v1/kv/inspected/?keys')
  return Number(headers['x-consul-index'])
}
