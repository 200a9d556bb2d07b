import { AgentUnderTest } from '../agent/agent-under-test.ts'
import { Child } from '../child.ts'
import type { GossipMembers } from '../gossip/members.ts'
import type { Finding, Measurement } from '../measurement.ts'

const membersProgram = new URL('../gossip/members.ts', import.meta.url)
const manyMembers = 300

/** What membership costs when nothing happens: an agent among three, and a process that is 300 members by itself. */
export const gossip: Measurement = {
  name: 'gossip',
  async measure({ quick, profileDir, progress }) {
    const watchMs = quick ? 5_000 : 20_000
    return [...(await ofThree(watchMs, profileDir, progress)), ...(await ofMany(watchMs, progress))]
  },
}

async function ofThree(
  watchMs: number,
  profileDir: string | undefined,
  progress: (text: string) => void,
): Promise<Finding[]> {
  await using agent = await AgentUnderTest.start({ profileDir })
  using others = new Child<GossipMembers>(membersProgram)
  progress(`Gossip: an agent by itself for ${watchMs / 1000} s`)
  await pause(watchMs / 4)
  const alone = await watch(watchMs, agent, async () => 0)
  await others.call('open', 2, `127.0.0.1:${agent.serfLanPort}`)
  await known(others, 3)
  progress(`Gossip: the same among three for ${watchMs / 1000} s`)
  await pause(watchMs / 4)
  // Each of three sends the same: half of what two send goes to the third.
  const among = await watch(watchMs, agent, async () => sent(await others.call('traffic')) / 2)
  return [
    {
      name: 'gossip-idle-cpu',
      title: 'CPU of an idle server in a pool of 3',
      ours: { value: among.cpuPercent, unit: '%' },
      notes: [`${alone.cpuPercent.toFixed(2)} % of a processor when it is alone`],
      rounds: [alone, among],
    },
    {
      name: 'gossip-idle-bytes',
      title: 'Gossip sent by an idle agent in a pool of 3',
      ours: { value: among.bytesPerSecond, unit: 'B/s' },
      notes: [],
      rounds: [among],
    },
  ]
}

async function ofMany(watchMs: number, progress: (text: string) => void): Promise<Finding[]> {
  using members = new Child<GossipMembers>(membersProgram)
  const startedAt = performance.now()
  await members.call('open', manyMembers)
  await known(members, manyMembers)
  const seconds = (performance.now() - startedAt) / 1000
  progress(`Gossip: ${manyMembers} members in one process for ${watchMs / 1000} s`)
  await quiet(members, manyMembers)
  const packetsBefore = (await members.call('traffic')).packetsOut
  const idle = await watch(watchMs, members, async () => sent(await members.call('traffic')))
  const { packetsOut, dropped } = await members.call('traffic')
  return [
    {
      name: 'gossip-many-cpu',
      title: `CPU of one process that is ${manyMembers} idle members`,
      ours: { value: idle.cpuPercent, unit: '%' },
      notes: [
        `met one another within ${seconds.toFixed(1)} s of the first`,
        `${Math.round((packetsOut - packetsBefore) / idle.seconds)} packets/s, ${dropped} dropped`,
      ],
      rounds: [idle],
    },
    {
      name: 'gossip-many-bytes',
      title: 'Gossip sent by each of them',
      ours: { value: idle.bytesPerSecond / manyMembers, unit: 'B/s' },
      notes: [],
      rounds: [idle],
    },
  ]
}

interface Watched {
  readonly seconds: number
  /** Of one processor. */
  readonly cpuPercent: number
  readonly bytesPerSecond: number
}

async function watch(
  ms: number,
  program: { cpuSeconds(): number | undefined },
  bytes: () => Promise<number>,
): Promise<Watched> {
  const before = { cpu: program.cpuSeconds() ?? Number.NaN, bytes: await bytes(), at: performance.now() }
  await pause(ms)
  const seconds = (performance.now() - before.at) / 1000
  return {
    seconds,
    cpuPercent: (100 * ((program.cpuSeconds() ?? Number.NaN) - before.cpu)) / seconds,
    bytesPerSecond: ((await bytes()) - before.bytes) / seconds,
  }
}

function sent({ packetBytesOut, streamBytesOut }: { packetBytesOut: number; streamBytesOut: number }): number {
  return packetBytesOut + streamBytesOut
}

async function known(members: Child<GossipMembers>, count: number): Promise<void> {
  const deadline = performance.now() + 120_000
  while (!(await members.call('allKnow', count))) {
    if (performance.now() > deadline) throw new Error(`gossip: not all of ${count} members know one another`)
    await pause(100)
  }
}

/** Waits until the news of all those joins has gone round: then each sends a probe and an answer a second. */
async function quiet(members: Child<GossipMembers>, count: number): Promise<void> {
  const deadline = performance.now() + 120_000
  for (;;) {
    const before = (await members.call('traffic')).packetsOut
    await pause(1000)
    if ((await members.call('traffic')).packetsOut - before < 3 * count) return
    if (performance.now() > deadline) throw new Error(`gossip: ${count} members do not come to rest`)
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
