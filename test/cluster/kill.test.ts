import { Agent } from 'node:http'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { expect, test } from 'vitest'
import { AgentProcess, agentPorts, eventually, scratchDir } from './agent-process.ts'
import { request } from './http.ts'
import { serverFlags } from './server.ts'

/** How often the server is killed. Each round costs a start of the server. */
const rounds = 50
const writers = 16

interface Ordeal {
  readonly rounds: number
  readonly args?: readonly string[]
  /** Resolves when the server of a round may be killed. */
  readonly lastsUntil: (progress: { readonly acknowledged: () => number; readonly path: string }) => Promise<unknown>
}

test(`no acknowledged write is lost over ${rounds} kills under load`, { timeout: 300_000 }, async () => {
  const lastsUntil: Ordeal['lastsUntil'] = ({ acknowledged }) => {
    const enough = acknowledged() + 200
    return eventually(async () => (acknowledged() > enough ? true : undefined))
  }
  expect(await killAgainAndAgain({ rounds, lastsUntil })).toBeGreaterThan(rounds * 200)
})

test('nor by a kill while snapshots are taken and the log is cut behind them', { timeout: 120_000 }, async () => {
  const often = 'raft_snapshot_threshold = 100\nraft_snapshot_interval = "1s"\nraft_trailing_logs = 10'
  let newest = 0
  await killAgainAndAgain({
    rounds: 8,
    args: ['-hcl', often],
    lastsUntil: async ({ path }) => {
      newest = await eventually(async () => {
        const index = newestSnapshot(path)
        return index > newest ? index : undefined
      })
    },
  })
  expect(newest).toBeGreaterThan(100)
})

/**
 * Writers put ever higher numbers under keys of their own while the server is killed with SIGKILL at a random moment.
 * After each restart every key must hold its last acknowledged number or one that was sent after it, and be whole.
 * Resolves with the number of acknowledged writes.
 */
async function killAgainAndAgain({ rounds, args = [], lastsUntil }: Ordeal): Promise<number> {
  using dir = scratchDir()
  const ports = await agentPorts()
  const base = `http://127.0.0.1:${ports.http}`
  const acknowledged = Array.from({ length: writers }, () => 0)
  const sent = Array.from({ length: writers }, () => 0)
  let total = 0

  for (let round = 0; round <= rounds; round++) {
    await using server = new AgentProcess([...serverFlags(ports, dir.path), ...args])
    const connections = new Agent({ keepAlive: true, maxSockets: writers })
    await server.printed(/cluster leadership acquired/)
    await eventually(async () => {
      const { status, body } = await request(connections, `${base}/v1/status/leader`)
      return status === 200 && body !== '""' ? true : undefined
    })

    for (let writer = 0; writer < writers; writer++) {
      const { status, body } = await request(connections, `${base}/v1/kv/writer/${writer}?raw`)
      const found = status === 404 ? 0 : Number(body.split(':')[0])
      expect(status === 404 || body === payload(found), 'no value is half there').toBe(true)
      expect(found, `writer ${writer} in round ${round}`).toBeGreaterThanOrEqual(acknowledged[writer]!)
      expect(found).toBeLessThanOrEqual(sent[writer]!)
    }

    let stopped = round === rounds
    const load = Array.from({ length: writers }, async (_, writer) => {
      while (!stopped) {
        const number = ++sent[writer]!
        try {
          const { status } = await request(connections, `${base}/v1/kv/writer/${writer}`, 'PUT', payload(number))
          if (status === 200) {
            acknowledged[writer] = number
            total++
          }
        } catch {
          return // the server is dead: whether this write took effect is open
        }
      }
    })
    if (!stopped) await lastsUntil({ acknowledged: () => total, path: join(dir.path, 'raft.db') })
    server.kill('SIGKILL')
    stopped = true
    await Promise.all([...load, server.exited])
    connections.destroy()
  }
  return total
}

/** A value that shows when part of it is missing. */
function payload(number: number): string {
  return `${number}:${String(number).padStart(12, '0').repeat(20)}`
}

/** Log index of the newest complete snapshot, 0 when there is none. */
function newestSnapshot(path: string): number {
  const database = new Database(path, { readonly: true })
  try {
    const { index } = database.prepare('SELECT max("index") AS "index" FROM snapshots WHERE complete').get() as {
      index: number | null
    }
    return index ?? 0
  } finally {
    database.close()
  }
}
