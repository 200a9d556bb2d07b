import { expect, test } from 'vitest'
import { RaftCluster } from './raft-cluster.ts'
import { RaftWorkload } from './raft-workload.ts'

test('three servers lose nothing while their leader is killed again and again', { timeout: 60_000 }, async () => {
  await using cluster = await RaftCluster.start({ servers: 3 })
  const workload = new RaftWorkload(cluster)
  for (let round = 0; round < 4; round++) {
    await workload.progress(100)
    const leader = await cluster.leader()
    await leader.process.stop('SIGKILL')
    await workload.progress(100)
    cluster.restart(leader)
    await leader.process.printed(/entering follower state.*leader=127/)
  }
  const { verdicts } = await workload.finish()
  expect(verdicts).toEqual(verdicts.map(() => 'linearizable'))
  await cluster.settled()
})

test('five servers go on without two of them', { timeout: 60_000 }, async () => {
  await using cluster = await RaftCluster.start({ servers: 5 })
  const workload = new RaftWorkload(cluster)
  const dead = []
  for (let round = 0; round < 2; round++) {
    await workload.progress(50)
    const leader = await cluster.leader()
    await leader.process.stop('SIGKILL')
    dead.push(leader)
  }
  await workload.progress(50)
  for (const member of dead) cluster.restart(member)
  const { verdicts } = await workload.finish()
  expect(verdicts).toEqual(verdicts.map(() => 'linearizable'))
  await cluster.settled()
})
