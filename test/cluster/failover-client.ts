/**
 * How long writers notice that the leader died, when they ask a client agent as applications do: from kill -9 of the leader to the
 * first write that the client agent acknowledges, with the settings an operator gets who sets none.
 *
 *     node test/cluster/failover-client.ts [KILLS]
 */
import { eventually } from './agent-process.ts'
import { Datacenter, type DatacenterAgent } from './datacenter.ts'
import { toldTimes } from './failover-times.ts'

const kills = Number(process.argv[2] ?? 20)

await using dc = await Datacenter.plan()
const servers = await dc.threeServers()
const [client] = await dc.clients(1)
if (client === undefined) throw new Error('there is no client agent')

const waits: number[] = []
let held = 0
for (let kill = 1; kill <= kills; kill++) {
  const leader = await dc.agree([...servers, client], 60_000)
  await allVote(leader)
  await client.put('/v1/kv/failover', `before ${kill}`)
  await leader.process.stop('SIGKILL')
  const killedAt = performance.now()
  for (;;) {
    const answer = await client.ask('/v1/kv/failover', { method: 'PUT', body: `after ${kill}` }).catch(() => undefined)
    if (answer?.status === 200) break
    held++
  }
  waits.push(performance.now() - killedAt)
  process.stderr.write(`kill ${kill}: ${waits.at(-1)!.toFixed(0)} ms\n`)
  leader.restart()
}
console.log(`${kills} kills, first write through a client agent: ${toldTimes(waits)}; ${held} writes failed before`)

/**
 * A server that was away for long was removed by autopilot, as Consul does, and votes again only when it has been healthy for ten
 * seconds: to kill one of the two that are left would be to kill a majority.
 */
async function allVote(leader: DatacenterAgent): Promise<void> {
  await eventually(async () => {
    const { Servers } = (await leader.json('/v1/operator/raft/configuration')) as { Servers: { Voter: boolean }[] }
    return Servers.filter(({ Voter }) => Voter).length === servers.length ? true : undefined
  }, 60_000)
}
