import { connect } from 'node:net'
import { AgentUnderTest } from '../agent/agent-under-test.ts'
import { ResponseReader } from '../load/response-reader.ts'
import type { Measurement } from '../measurement.ts'
import { requestBytes, value } from '../requests.ts'
import { median } from '../rounds.ts'

const give = requestBytes('PUT', '/v1/kv/bench/first', value(0))
const askAgainMs = 2
const mostMs = 20_000

/** From starting `bin/proconsul agent -dev` until it has acknowledged a write. */
export const start: Measurement = {
  name: 'start',
  async measure({ quick, progress, profileDir }) {
    const rounds: number[] = []
    for (let round = 0; round < (quick ? 7 : 11); round++) {
      const beganAt = performance.now()
      await using agent = await AgentUnderTest.launch({ dev: true, profileDir })
      while (!(await firstWrite(agent.httpPort))) {
        if (performance.now() - beganAt > mostMs) throw new Error(`no write was acknowledged within ${mostMs} ms`)
        await new Promise((resolve) => setTimeout(resolve, askAgainMs))
      }
      rounds.push(performance.now() - agent.launchedAt)
      progress(`Start: ${Math.round(rounds.at(-1)!)} ms`)
    }
    return [
      {
        name: 'start',
        title: 'Start with -dev to first acknowledged write',
        ours: { value: median(rounds), unit: 'ms' },
        target: { of: 'ours', atMost: 400 },
        notes: [`${rounds.length} starts, ${Math.round(Math.min(...rounds))} to ${Math.round(Math.max(...rounds))} ms`],
        rounds,
      },
    ]
  },
}

/** True when the write was acknowledged; false when nobody listens yet, or there is no leader yet. */
function firstWrite(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const reader = new ResponseReader()
    const socket = connect({ host: '127.0.0.1', port, noDelay: true })
    const end = (acknowledged: boolean) => {
      socket.destroy()
      resolve(acknowledged)
    }
    socket.on('connect', () => socket.write(give))
    socket.on('data', (bytes: Buffer) => {
      const response = reader.take(bytes)
      if (response !== undefined) end(response.status === 200)
    })
    socket.on('error', () => end(false))
    socket.on('close', () => end(false))
  })
}
