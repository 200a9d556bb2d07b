import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { scratchDir } from '../cluster/agent-process.ts'
import { startServer } from '../cluster/server.ts'

test('the sqlite3 shell reads raft.db through its views, while the agent runs and after it was killed', async () => {
  using dir = scratchDir()
  await using server = await startServer({ dataDir: dir.path })
  for (let number = 1; number <= 5; number++) await server.put(`/v1/kv/shell/${number}`, `value ${number}`)
  const { NodeID: id } = (await server.json('/v1/agent/self')).Config
  const address = `127.0.0.1:${server.ports.server}`

  // biome-ignore lint/suspicious/noExplicitAny: the test looks into what it expects
  const query = async (sql: string): Promise<any[]> => {
    const { stdout, stderr } = await promisify(execFile)('sqlite3', [
      '-readonly',
      '-json',
      join(dir.path, 'raft.db'),
      sql,
    ])
    expect(stderr).toBe('')
    return stdout === '' ? [] : JSON.parse(stdout)
  }
  const look = async () => {
    expect(await query('SELECT * FROM votes')).toEqual([{ term: 2, voted_for: id }])
    expect(await query('SELECT * FROM peers')).toEqual([{ id, address, suffrage: 'voter', since_index: 1 }])
    const keys = await query("SELECT kind, command, size_bytes, appended FROM entries WHERE command = 'kvs'")
    expect(keys).toHaveLength(5)
    expect(keys[0]).toMatchObject({ kind: 'command', command: 'kvs', size_bytes: expect.any(Number) })
    expect(Math.abs(Date.parse(`${keys[0].appended}Z`) - Date.now())).toBeLessThan(600_000)
    const [overview] = await query('SELECT * FROM overview')
    expect(overview).toMatchObject({ term: 2, first_index: 1, snapshot_index: null, peers: address, format_version: 1 })
    expect(overview.entries).toBe(overview.last_index)
  }

  await look()
  await server.put('/v1/kv/shell/5', 'as before')
  await server.ask('/v1/kv/shell/5', { method: 'DELETE' })
  const shell = promisify(execFile)('sqlite3', ['-readonly', join(dir.path, 'raft.db'), '.schema entries'])
  expect((await shell).stdout).toMatch(/CREATE VIEW entries/)
  await server.stop('SIGKILL')
  expect(await query("SELECT count(*) AS kvs FROM entries WHERE command = 'kvs'")).toEqual([{ kvs: 7 }])
})
