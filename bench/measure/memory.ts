import { AgentUnderTest } from '../agent/agent-under-test.ts'
import { Child } from '../child.ts'
import type { HttpLoad } from '../load/http-load.ts'
import type { Figure, Measurement } from '../measurement.ts'
import { putRequests } from '../requests.ts'

const keys = 100_000
const settleMs = 2_000

/** Resident memory of a server that does nothing, and of one that holds 100,000 keys of 128 bytes. */
export const memory: Measurement = {
  name: 'memory',
  async measure({ progress, profileDir }) {
    await using agent = await AgentUnderTest.start({ profileDir })
    using load = new Child<HttpLoad>(new URL('../load/http-load.ts', import.meta.url))
    const idle = await settled(agent)
    progress(`Memory: idle ${Math.round(idle.value)} MB, putting ${keys} keys`)
    const { completed, failed, seconds } = await load.call('run', {
      port: agent.httpPort,
      connections: 64,
      requests: putRequests(keys),
      until: { requests: keys },
    })
    if (completed < keys) throw new Error(`memory: ${failed} of ${keys} puts failed`)
    const straight = resident(agent)
    const full = await settled(agent)
    progress(`Memory: with ${keys} keys ${Math.round(full.value)} MB`)
    return [
      { name: 'memory-idle', title: 'Resident memory, idle', ours: idle, notes: [], rounds: [idle] },
      {
        name: 'memory-full',
        title: 'Resident memory with 100,000 keys of 128 bytes',
        ours: full,
        target: { of: 'ours', atMost: 250 },
        notes: [
          `${Math.round(straight.value)} MB straight after the last put, ${settleMs / 1000} s before`,
          `put in ${seconds.toFixed(1)} s`,
        ],
        rounds: [straight, full],
      },
    ]
  },
}

async function settled(agent: AgentUnderTest): Promise<Figure> {
  await new Promise((resolve) => setTimeout(resolve, settleMs))
  return resident(agent)
}

function resident(agent: AgentUnderTest): Figure {
  return { value: (agent.residentBytes() ?? Number.NaN) / 2 ** 20, unit: 'MB' }
}
