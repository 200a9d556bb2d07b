import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { eventually, run } from './agent-process.ts'
import { RaftCluster, type RaftMember } from './raft-cluster.ts'

async function killAll(cluster: RaftCluster): Promise<void> {
  await Promise.all(cluster.members.map(({ process }) => process.stop('SIGKILL')))
}

async function membersOf(cluster: RaftCluster, member: RaftMember): Promise<string[]> {
  const { body } = await cluster.ask(member, '/v1/operator/raft/configuration')
  return JSON.parse(body).Servers.map((server: { ID: string }) => server.ID)
}

async function put(cluster: RaftCluster, key: string): Promise<void> {
  const leader = await cluster.leader()
  const { status } = await cluster.ask(leader, `/v1/kv/${key}`, { method: 'PUT', body: key })
  expect(status).toBe(200)
}

test('one server of three that is left becomes a cluster of its own, with all its data', {
  timeout: 60_000,
}, async () => {
  await using cluster = await RaftCluster.start({ servers: 3 })
  await put(cluster, 'kept')
  const survivor = await cluster.leader()
  await killAll(cluster)
  const { code, output } = await run(['operator', 'recover', '-yes', survivor.dataDir])
  expect(output).toContain('No longer members')
  expect(code).toBe(0)
  cluster.restart(survivor)
  await cluster.leader([survivor])
  expect((await cluster.ask(survivor, '/v1/kv/kept?raw')).body).toBe('kept')
  expect(await membersOf(cluster, survivor)).toEqual([survivor.id])
})

test('peers.json replaces the membership once, and is gone', { timeout: 60_000 }, async () => {
  await using cluster = await RaftCluster.start({ servers: 3 })
  await put(cluster, 'kept')
  await killAll(cluster)
  const left = cluster.members.slice(0, 2)
  const peers = JSON.stringify(left.map(({ id, address }) => ({ id, address, non_voter: false })))
  for (const member of left) {
    mkdirSync(join(member.dataDir, 'raft'), { recursive: true })
    writeFileSync(join(member.dataDir, 'raft', 'peers.json'), peers)
    cluster.restart(member)
  }
  const leader = await cluster.leader(left)
  expect((await cluster.ask(leader, '/v1/kv/kept?raw&consistent')).body).toBe('kept')
  expect(await membersOf(cluster, leader)).toEqual(left.map(({ id }) => id))
  for (const { dataDir } of left) expect(existsSync(join(dataDir, 'raft', 'peers.json'))).toBe(false)
})

test('operators hand leadership over and take a server out', { timeout: 60_000 }, async () => {
  await using cluster = await RaftCluster.start({ servers: 3 })
  const old = await cluster.leader()
  const [next, out] = cluster.others(old) as [RaftMember, RaftMember]
  const path = `/v1/operator/raft/transfer-leader?id=${next.id}`
  expect(await cluster.ask(old, path, { method: 'PUT' })).toMatchObject({ status: 200, body: '{"Success":true}' })
  expect((await cluster.leader()).id).toBe(next.id)
  // The new leader takes changes once an entry of its term is committed, which a led read has shown.
  const removal = await cluster.ask(next, `/v1/operator/raft/peer?address=${out.address}`, { method: 'DELETE' })
  expect(removal).toMatchObject({ status: 200, body: '' })
  await eventually(async () => ((await membersOf(cluster, old)).length === 2 ? true : undefined))
  await put(cluster, 'with-two')
})
