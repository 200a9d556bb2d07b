import { expect, test } from 'vitest'
import { RaftCluster } from './raft-cluster.ts'
import { RaftWorkload } from './raft-workload.ts'

test('a leader that sleeps longer than an election wakes up as a follower', { timeout: 60_000 }, async () => {
  await using cluster = await RaftCluster.start({ servers: 3 })
  const workload = new RaftWorkload(cluster)
  for (let round = 0; round < 2; round++) {
    await workload.progress(50)
    const sleeper = await cluster.leader()
    sleeper.process.kill('SIGSTOP')
    await cluster.leader(cluster.others(sleeper))
    await workload.progress(50)
    sleeper.process.kill('SIGCONT')
    await workload.progress(50)
    expect(await cluster.leads(sleeper)).toBe(false)
  }
  const { verdicts } = await workload.finish()
  expect(verdicts).toEqual(verdicts.map(() => 'linearizable'))
  await cluster.settled()
})
