import { Agent } from 'node:http'
import { expect, test } from 'vitest'
import { AgentProcess, agentPorts, eventually, scratchDir } from './agent-process.ts'
import { request } from './http.ts'

/** How often the server is killed. Each round costs a start of the server. */
const rounds = 50
const writers = 16

/**
 * Writers put ever higher numbers under keys of their own while the server is killed with SIGKILL at a random moment.
 * After each restart every key must hold its last acknowledged number or one that was sent after it, and both keys of a
 * writer's pair are written one after the other, so the second is never ahead of the first.
 */
test(`no acknowledged write is lost over ${rounds} kills under load`, { timeout: 300_000 }, async () => {
  using dir = scratchDir()
  const ports = await agentPorts()
  const args = ['agent', '-server', '-bootstrap', '-bind=127.0.0.1', `-data-dir=${dir.path}`, ...ports.flags]
  const base = `http://127.0.0.1:${ports.http}`
  const acknowledged = Array.from({ length: writers }, () => 0)
  const sent = Array.from({ length: writers }, () => 0)
  let total = 0

  for (let round = 0; round < rounds; round++) {
    await using server = new AgentProcess(args)
    const connections = new Agent({ keepAlive: true, maxSockets: writers })
    await eventually(async () => {
      const { status, body } = await request(connections, `${base}/v1/status/leader`)
      return status === 200 && body !== '""' ? true : undefined
    })

    for (let writer = 0; writer < writers; writer++) {
      const { status, body } = await request(connections, `${base}/v1/kv/writer/${writer}?raw`)
      const found = status === 404 ? 0 : Number(body.split(':')[0])
      expect(body.length === 0 || status === 404 || body === payload(found), 'no value is half there').toBe(true)
      expect(found, `writer ${writer} in round ${round}`).toBeGreaterThanOrEqual(acknowledged[writer]!)
      expect(found).toBeLessThanOrEqual(sent[writer]!)
    }

    let stopped = false
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
    await eventually(async () => (total > (round + 1) * 200 ? true : undefined))
    server.kill('SIGKILL')
    stopped = true
    await Promise.all([...load, server.exited])
    connections.destroy()
  }
  expect(total).toBeGreaterThan(rounds * 200)
})

/** A value that shows when part of it is missing. */
function payload(number: number): string {
  return `${number}:${String(number).padStart(12, '0').repeat(20)}`
}
