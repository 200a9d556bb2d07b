import { expect, test } from 'vitest'
import { eventually } from './agent-process.ts'
import { RaftCluster } from './raft-cluster.ts'
import { RaftWorkload } from './raft-workload.ts'

const often = ['-hcl=raft_snapshot_threshold = 100 raft_snapshot_interval = "1s" raft_trailing_logs = 10']

test('a server that fell far behind gets a snapshot, then the log, and can lead', { timeout: 60_000 }, async () => {
  await using cluster = await RaftCluster.start({ servers: 3, args: often })
  const leader = await cluster.leader()
  const [absent, other] = cluster.others(leader) as [typeof leader, typeof leader]
  await absent.process.stop('SIGKILL')
  const large = 'x'.repeat(200_000)
  for (let key = 0; key < 20; key++) {
    const { status } = await cluster.ask(leader, `/v1/kv/large/${key}`, { method: 'PUT', body: `${key} ${large}` })
    expect(status).toBe(200)
  }
  const workload = new RaftWorkload(cluster)
  await workload.progress(300)
  await eventually(async () => {
    const { body } = await cluster.ask(leader, '/v1/agent/self')
    return Number(JSON.parse(body).Stats.raft.last_snapshot_index) > 100 ? true : undefined
  })
  cluster.restart(absent)
  await absent.process.printed(/receiving a snapshot/)
  await workload.progress(100)
  const { verdicts } = await workload.finish()
  expect(verdicts).toEqual(verdicts.map(() => 'linearizable'))
  await cluster.settled()

  await other.process.stop('SIGKILL')
  const handOver = await cluster.ask(leader, `/v1/operator/raft/transfer-leader?id=${absent.id}`, { method: 'PUT' })
  expect(handOver.status).toBe(200)
  expect((await cluster.leader([leader, absent])).id).toBe(absent.id)
  expect((await cluster.ask(absent, '/v1/kv/large/7?raw&consistent')).body).toBe(`7 ${large}`)
})
