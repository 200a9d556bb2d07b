import { connect } from 'node:net'
import { AgentUnderTest } from '../agent/agent-under-test.ts'
import { ResponseReader } from '../load/response-reader.ts'
import type { Measurement } from '../measurement.ts'
import { requestBytes, value } from '../requests.ts'
import { median } from '../rounds.ts'

const give = requestBytes('PUT', '/v1/kv/bench/first', value(0))
const askAgainMs = 2
const mostMs = 20_000

interface Start {
  readonly wallMs: number
  readonly cpuMs: number
}

/** From starting `bin/proconsul agent -dev` until it has acknowledged a write. */
export const start: Measurement = {
  name: 'start',
  async measure({ quick, progress, profileDir }) {
    const run = async (count: number, cold: boolean) => {
      const starts: Start[] = []
      for (let round = 0; round < count; round++) {
        starts.push(await startOnce(cold, profileDir))
        progress(`Start${cold ? ' without compile cache' : ''}: ${Math.round(starts.at(-1)!.wallMs)} ms`)
      }
      return starts
    }
    // The first start after a change compiles what the later ones find.
    await startOnce(false, undefined)
    const starts = await run(quick ? 7 : 11, false)
    const cold = await run(quick ? 3 : 5, true)
    const walls = starts.map(({ wallMs }) => wallMs)
    return [
      {
        name: 'start',
        title: 'Start with -dev to first acknowledged write',
        ours: { value: median(walls), unit: 'ms' },
        target: { of: 'ours', atMost: 400 },
        notes: [
          `${walls.length} starts, ${Math.round(Math.min(...walls))} to ${Math.round(Math.max(...walls))} ms`,
          `CPU of one ${Math.round(median(starts.map(({ cpuMs }) => cpuMs)))} ms`,
          `without Node's compile cache, as the very first start, ${Math.round(median(cold.map(({ wallMs }) => wallMs)))} ms`,
        ],
        rounds: { starts, cold },
      },
    ]
  },
}

async function startOnce(cold: boolean, profileDir: string | undefined): Promise<Start> {
  await using agent = await AgentUnderTest.launch({ dev: true, cold, profileDir })
  while (!(await firstWrite(agent.httpPort))) {
    if (performance.now() - agent.launchedAt > mostMs) throw new Error(`no write was acknowledged in ${mostMs} ms`)
    await new Promise((resolve) => setTimeout(resolve, askAgainMs))
  }
  const wallMs = performance.now() - agent.launchedAt
  return { wallMs, cpuMs: (agent.cpuSeconds() ?? Number.NaN) * 1000 }
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
