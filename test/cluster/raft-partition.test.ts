import { expect, test } from 'vitest'
import { RaftCluster } from './raft-cluster.ts'
import { RaftWorkload } from './raft-workload.ts'

test('a leader cut off from the others steps down, and nothing it acknowledged is lost', {
  timeout: 60_000,
}, async () => {
  await using cluster = await RaftCluster.start({ servers: 3, proxy: true })
  const workload = new RaftWorkload(cluster)
  await workload.progress(50)
  const old = await cluster.leader()
  const others = cluster.others(old)
  cluster.proxy!.partition(
    [old.number],
    others.map(({ number }) => number),
  )
  await cluster.leader(others)
  await old.process.printed(/failed to contact quorum of nodes, stepping down/)
  await workload.progress(50)
  cluster.proxy!.heal()
  await workload.progress(50)
  const { verdicts } = await workload.finish()
  expect(verdicts).toEqual(verdicts.map(() => 'linearizable'))
  await cluster.settled()
})

test('one way that is cut, and a slow network, end no leader for ever', { timeout: 60_000 }, async () => {
  await using cluster = await RaftCluster.start({ servers: 3, proxy: true })
  const workload = new RaftWorkload(cluster)
  await workload.progress(50)
  const first = await cluster.leader()
  const [one, two] = cluster.others(first) as [typeof first, typeof first]
  cluster.proxy!.cut(first.number, one.number)
  await workload.progress(50)
  cluster.proxy!.heal()
  cluster.proxy!.delay(30)
  await workload.progress(50)
  cluster.proxy!.cut(two.number, first.number)
  await workload.progress(50)
  cluster.proxy!.heal()
  cluster.proxy!.delay(0)
  const { verdicts } = await workload.finish()
  expect(verdicts).toEqual(verdicts.map(() => 'linearizable'))
  await cluster.settled()
})
