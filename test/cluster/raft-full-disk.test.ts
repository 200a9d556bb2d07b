import { expect, test } from 'vitest'
import { eventually } from './agent-process.ts'
import { RaftCluster, type RaftMember } from './raft-cluster.ts'
import { RaftWorkload } from './raft-workload.ts'
import type { TinyDisk } from './tiny-disk.ts'

const megabyte = 2 ** 20
const full = /cannot write the log, no longer taking writes: .*the disk is full/

test('a follower whose disk is full acknowledges nothing, and the others go on', { timeout: 120_000 }, async () => {
  await using trial = await startTrial()
  if (trial === undefined) return
  const { cluster, small, others } = trial
  const [leader, third] = await led(cluster, others[0]!, others)
  const workload = new RaftWorkload(cluster)
  await workload.progress(30)

  const kept = await fillThrough(cluster, leader!, () => full.test(small.process.output))
  await workload.progress(50)
  expect(await lastIndex(cluster, small)).toBeLessThan(await lastIndex(cluster, leader!))

  await third!.process.stop('SIGKILL')
  const attempt = await cluster
    .ask(leader!, '/v1/kv/alone', { method: 'PUT', body: 'x', signal: AbortSignal.timeout(3000) })
    .catch(() => undefined)
  expect(attempt?.status, 'of three voters only one can store anything').not.toBe(200)

  await trial.free()
  await cluster.leader([small, leader!])
  await workload.progress(50)
  cluster.restart(third!)
  await finish(cluster, workload, kept)
})

test('a leader whose disk is full gives way, and nothing acknowledged is lost', { timeout: 120_000 }, async () => {
  await using trial = await startTrial()
  if (trial === undefined) return
  const { cluster, small, others } = trial
  await led(cluster, small, [])
  const workload = new RaftWorkload(cluster)
  await workload.progress(30)

  let refused: string | undefined
  const kept = await fillThrough(cluster, small, (answer) => {
    refused = answer
    return full.test(small.process.output)
  })
  expect(refused).toMatch(/the disk is full|leadership lost|No cluster leader/)
  await cluster.leader(others)
  await workload.progress(50)
  expect(await cluster.leads(small)).toBe(false)
  expect(small.process.child.exitCode, 'it goes on').toBe(null)

  await trial.free()
  await finish(cluster, workload, kept)
  // It has all of it, so it may lead.
  await led(cluster, small, [])
  await expectKept(cluster, small, kept)
})

/** Three servers, of which the first has a disk of 12 MB that is mostly full; undefined where nothing can be mounted. */
async function startTrial() {
  const cluster = await RaftCluster.start({ servers: 3, diskSizeBytes: 12 * megabyte })
  const [small, ...others] = cluster.members as [RaftMember, ...RaftMember[]]
  const { disk } = small
  const close = () => cluster[Symbol.asyncDispose]()
  if (disk === undefined) return void (await close())
  const ballast = `${disk.path}/ballast`
  await disk.run('dd', 'if=/dev/zero', `of=${ballast}`, 'bs=1M', 'count=8', 'status=none')
  const free = () => (disk satisfies TinyDisk).run('rm', ballast)
  return { cluster, small, others, free, [Symbol.asyncDispose]: close }
}

/** Has `target` lead; gives it and the one of `among` that is left. */
async function led(cluster: RaftCluster, target: RaftMember, among: readonly RaftMember[]): Promise<RaftMember[]> {
  await eventually(async () => {
    const leader = await cluster.leader()
    if (leader === target) return true
    await cluster.ask(leader, `/v1/operator/raft/transfer-leader?id=${target.id}`, { method: 'PUT' })
    return undefined
  })
  return [target, ...among.filter((member) => member !== target)]
}

/** Puts values of 100 KB until `done`, which is told what was answered to one that was refused; gives the acknowledged ones. */
async function fillThrough(
  cluster: RaftCluster,
  member: RaftMember,
  done: (refused: string | undefined) => boolean,
): Promise<number[]> {
  const acknowledged: number[] = []
  for (let number = 0; number < 100; number++) {
    const signal = AbortSignal.timeout(5000)
    const request = { method: 'PUT', body: payload(number), signal }
    const { status, body } = await cluster.ask(member, `/v1/kv/fill/${number}`, request)
    if (status === 200) acknowledged.push(number)
    if (done(status === 200 ? undefined : body)) return acknowledged
  }
  throw new Error('the disk never became full')
}

async function finish(
  cluster: RaftCluster,
  workload: RaftWorkload<RaftMember>,
  kept: readonly number[],
): Promise<void> {
  await workload.progress(50)
  const { verdicts } = await workload.finish()
  expect(verdicts).toEqual(verdicts.map(() => 'linearizable'))
  await cluster.settled()
  expect(kept.length).toBeGreaterThan(5)
  await expectKept(cluster, await cluster.leader(), kept)
}

async function expectKept(cluster: RaftCluster, member: RaftMember, numbers: readonly number[]): Promise<void> {
  for (const number of numbers) {
    const { status, body } = await cluster.ask(member, `/v1/kv/fill/${number}?raw&consistent`)
    expect({ number, status, whole: body === payload(number) }).toEqual({ number, status: 200, whole: true })
  }
}

async function lastIndex(cluster: RaftCluster, member: RaftMember): Promise<number> {
  const { body } = await cluster.ask(member, '/v1/agent/self')
  return Number(JSON.parse(body).Stats.raft.last_log_index)
}

function payload(number: number): string {
  return `${number},`.repeat(100_000 / (String(number).length + 1))
}
