import { expect, test } from 'vitest'
import { eventually } from './agent-process.ts'
import { RaftCluster } from './raft-cluster.ts'

test('any server takes writes and answers reads, whoever leads', { timeout: 120_000 }, async () => {
  await using cluster = await RaftCluster.start({ servers: 3 })
  const leader = await cluster.leader()
  const [follower, other] = cluster.others(leader) as [typeof leader, typeof leader]
  await eventually(async () => ((await cluster.ask(follower, '/v1/status/leader')).body.length > 4 ? true : undefined))

  const put = (member: typeof leader, path: string, body: string) => cluster.ask(member, path, { method: 'PUT', body })
  expect(await put(follower, '/v1/kv/a?flags=18446744073709551615', 'one')).toMatchObject({ status: 200, body: 'true' })
  const [read, direct, consistent, stale] = await Promise.all([
    cluster.ask(other, '/v1/kv/a'),
    cluster.ask(leader, '/v1/kv/a'),
    cluster.ask(follower, '/v1/kv/a?consistent'),
    eventually(async () => {
      const answer = await cluster.ask(follower, '/v1/kv/a?stale')
      return answer.status === 200 ? answer : undefined
    }),
  ])
  expect(read.status).toBe(200)
  expect(read.body).toBe(direct.body)
  expect(JSON.parse(read.body.replace('18446744073709551615', '"all"'))).toMatchObject([{ Key: 'a', Flags: 'all' }])
  for (const answer of [read, consistent, stale]) {
    expect(answer.body).toBe(direct.body)
    expect(answer.headers['x-consul-index']).toBe(direct.headers['x-consul-index'])
    expect(answer.headers['x-consul-knownleader']).toBe('true')
  }
  expect(read.headers['x-consul-lastcontact']).toBe('0')

  expect((await put(other, '/v1/kv/a?cas=1', 'two')).body).toBe('false')
  expect((await put(other, `/v1/kv/a?cas=${direct.headers['x-consul-index']}`, 'two')).body).toBe('true')
  expect((await cluster.ask(follower, '/v1/kv/a?raw')).body).toBe('two')
  expect((await cluster.ask(follower, '/v1/kv/?keys')).body).toBe('["a"]')
  expect((await cluster.ask(follower, '/v1/kv/nothing')).status).toBe(404)
  expect((await cluster.ask(follower, '/v1/kv/a?dc=elsewhere')).body).toBe('No path to datacenter')
  const refused = await put(follower, '/v1/kv/a?acquire=adf4238a-882b-9ddc-4a9d-5b6758e4159e', 'x')
  expect(refused).toMatchObject({
    status: 500,
    body: 'rpc error making call: raft apply failed: invalid session "adf4238a-882b-9ddc-4a9d-5b6758e4159e"',
  })
})

test('readers wait through a follower, and go on waiting when the leader dies', { timeout: 60_000 }, async () => {
  await using cluster = await RaftCluster.start({ servers: 3 })
  const leader = await cluster.leader()
  const [follower, other] = cluster.others(leader) as [typeof leader, typeof leader]
  const put = (member: typeof leader, body: string) => cluster.ask(member, '/v1/kv/w', { method: 'PUT', body })
  await put(follower, 'one')
  const { headers } = await cluster.ask(follower, '/v1/kv/w')
  const index = headers['x-consul-index']
  const waiting = Array.from({ length: 5 }, () => cluster.ask(follower, `/v1/kv/w?raw&index=${index}`))
  const late = cluster.ask(follower, `/v1/kv/w?raw&index=${index}&wait=300ms`)
  expect((await late).headers['x-consul-index']).toBe(index)
  await put(other, 'two')
  expect((await Promise.all(waiting)).map(({ body }) => body)).toEqual(Array(5).fill('two'))

  const next = (await cluster.ask(follower, '/v1/kv/w')).headers['x-consul-index']
  const through = cluster.ask(follower, `/v1/kv/w?raw&index=${next}`)
  await leader.process.stop('SIGKILL')
  // Held until somebody leads again, then carried out.
  expect(await put(other, 'three')).toMatchObject({ status: 200, body: 'true' })
  expect(await through).toMatchObject({ status: 200, body: 'three' })
})

test('without a leader requests wait for one, and say so when there is none', { timeout: 60_000 }, async () => {
  await using cluster = await RaftCluster.start({
    servers: 3,
    args: ['-hcl=performance { rpc_hold_timeout = "1s" }'],
  })
  const leader = await cluster.leader()
  const [follower, other] = cluster.others(leader) as [typeof leader, typeof leader]
  await cluster.ask(follower, '/v1/kv/a', { method: 'PUT', body: 'one' })
  // The other two are a majority: this one may have the write later than its client has the answer.
  await eventually(async () => ((await cluster.ask(follower, '/v1/kv/a?stale')).status === 200 ? true : undefined))
  await leader.process.stop('SIGKILL')
  await other.process.stop('SIGKILL')
  await eventually(async () => ((await cluster.ask(follower, '/v1/status/leader')).body.length < 4 ? true : undefined))
  for (const request of [{ method: 'PUT', body: 'two' }, {}]) {
    expect(await cluster.ask(follower, '/v1/kv/a', request)).toMatchObject({ status: 500, body: 'No cluster leader' })
  }
  const stale = await cluster.ask(follower, '/v1/kv/a?stale&raw')
  expect(stale).toMatchObject({ status: 200, body: 'one' })
  expect(stale.headers['x-consul-knownleader']).toBe('false')
  expect(Number(stale.headers['x-consul-lastcontact'])).toBeGreaterThan(0)
})
