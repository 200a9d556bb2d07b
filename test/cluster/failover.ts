import { toldTimes } from './failover-times.ts'
import { ask } from './http.ts'
import { RaftCluster, type RaftMember } from './raft-cluster.ts'
import { pause, RaftWorkload } from './raft-workload.ts'

/**
 * How long writes stand still when the leader is killed: from SIGKILL to the first write that another server acknowledges, with
 * the settings an operator gets who sets none. Other clients write and read
 * all the time.
 *
 *     node test/cluster/failover.ts [kills] [servers]
 */
const kills = Number(process.argv[2] ?? 20)
const servers = Number(process.argv[3] ?? 3)

await using cluster = await RaftCluster.start({ servers, multiplier: 5, args: ['-log-level=info'] })
const workload = new RaftWorkload(cluster)
const times: number[] = []
for (let kill = 1; kill <= kills; kill++) {
  const leader = await cluster.leader()
  const others = cluster.others(leader)
  await pause(500)
  const started = performance.now()
  leader.process.kill('SIGKILL')
  await Promise.any(others.map((member) => firstWrite(member, kill)))
  const tookMs = performance.now() - started
  times.push(tookMs)
  console.log(`kill ${kill}: server ${leader.number} died, writes again after ${tookMs.toFixed(0)} ms`)
  await leader.process.exited
  cluster.restart(leader)
  await leader.process.printed(/entering follower state.*leader=127/, 30_000)
}
const { verdicts, operations } = await workload.finish()
console.log(`${operations} requests of 4 clients meanwhile: ${[...new Set(verdicts)].join(', ')}`)
console.log(`${kills} kills of ${servers} servers: ${toldTimes(times)}`)

/** Repeats a write through one server until it is acknowledged. */
async function firstWrite({ httpPort }: RaftMember, kill: number): Promise<void> {
  const deadline = performance.now() + 60_000
  while (performance.now() < deadline) {
    try {
      const { status } = await ask(httpPort, '/v1/kv/failover', { method: 'PUT', body: `${kill}` })
      if (status === 200) return
    } catch {
      // It may be starting: the next attempt tells.
    }
    await pause(5)
  }
  throw new Error(`server on port ${httpPort} acknowledged nothing`)
}
