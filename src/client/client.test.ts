import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { ConsulClient } from './client.ts'
import { AgentUnreachableError, UnexpectedResponseError, UnreadableAnswerError } from './errors.ts'
import { FakeAgent } from './fake-agent.fixture.ts'

let agent: FakeAgent
let client: ConsulClient
beforeEach(async () => {
  agent = await FakeAgent.listen()
  client = new ConsulClient({ address: agent.address }, { environment: {} })
})
afterEach(async () => {
  client.close()
  await agent[Symbol.asyncDispose]()
})

describe('a read', () => {
  test('sends its options as Consul names them', async () => {
    agent.answer = () => ({ body: [] })
    await client.health.service('web app', {
      datacenter: 'dc2',
      index: 7,
      waitMs: 1500,
      consistency: 'stale',
      cached: true,
      near: '_agent',
      nodeMeta: { rack: 'a' },
      filter: 'Node.Node == "x"',
      tags: ['a', 'b&c'],
      passing: true,
      token: 'secret',
    })
    expect(agent.last).toBe(
      'GET /v1/health/service/web%20app?dc=dc2&index=7&wait=1500ms&stale&cached&near=_agent&node-meta=rack%3Aa' +
        '&filter=Node.Node%20%3D%3D%20%22x%22&tag=a&tag=b%26c&passing',
    )
    expect(agent.asked[0]!.headers['x-consul-token']).toBe('secret')
  })

  test('gives what the headers say', async () => {
    agent.answer = () => ({
      body: [],
      headers: {
        'X-Consul-Index': '42',
        'X-Consul-LastContact': '3',
        'X-Consul-KnownLeader': 'true',
        'X-Consul-Effective-Consistency': 'leader',
      },
    })
    const { meta } = await client.catalog.nodes()
    expect(meta).toMatchObject({ index: 42, lastContactMs: 3, knownLeader: true, effectiveConsistency: 'leader' })
  })

  test('keeps all digits of numbers beyond 2^53, and bytes', async () => {
    const [flags, value] = ['18446744073709551615', Buffer.from([0, 255]).toString('base64')]
    agent.answer = () => ({ body: `[{"Key":"a","Flags":${flags},"Value":"${value}","ModifyIndex":5}]` })
    const { value: entry } = await client.kv.get('a')
    expect(entry).toMatchObject({ Key: 'a', Flags: 2n ** 64n - 1n, Value: Buffer.from([0, 255]), ModifyIndex: 5 })
  })

  test('of a key that is not there gives nothing, and the index to wait from', async () => {
    agent.answer = () => ({ status: 404, headers: { 'X-Consul-Index': '9' }, body: '' })
    expect(await client.kv.get('a/b c')).toMatchObject({ value: undefined, meta: { index: 9 } })
    expect(agent.last).toBe('GET /v1/kv/a/b%20c')
    expect((await client.kv.list('a/')).value).toEqual([])
    expect((await client.kv.keys('a/', { separator: '/' })).value).toEqual([])
    expect(agent.last).toBe('GET /v1/kv/a/?keys&separator=%2F')
  })

  test('ends when its signal aborts, with the reason of the signal', async () => {
    const controller = new AbortController()
    const reason = new Error('enough')
    agent.answer = async () => {
      controller.abort(reason)
      return new Promise(() => undefined)
    }
    await expect(client.kv.get('a', { index: 5, signal: controller.signal })).rejects.toBe(reason)
  })
})

describe('a write', () => {
  test.for([
    ['PUT /v1/kv/a', {}],
    ['PUT /v1/kv/a?flags=9223372036854775808&cas=0', { flags: 2n ** 63n, cas: 0 }],
    ['PUT /v1/kv/a?acquire=s', { acquire: 's' }],
    ['PUT /v1/kv/a?dc=dc2&release=s', { release: 's', datacenter: 'dc2' }],
  ] as const)('of a key is %s', async ([sent, options]) => {
    agent.answer = () => ({ body: 'true' })
    expect(await client.kv.put('/a', 'hello', options)).toBe(true)
    expect(agent.last).toBe(sent)
    expect(agent.asked[0]).toMatchObject({ body: 'hello', headers: { 'content-length': '5' } })
  })

  test('says when a condition did not hold', async () => {
    agent.answer = () => ({ body: 'false' })
    expect(await client.kv.put('a', '', { cas: 3 })).toBe(false)
    expect(await client.kv.delete('a', { cas: 3 })).toBe(false)
  })

  test('goes to the datacenter of the client unless it names another', async () => {
    const elsewhere = new ConsulClient({ address: agent.address, datacenter: 'dc3' }, { environment: {} })
    agent.answer = () => ({ body: 'true' })
    await elsewhere.kv.delete('a', { recurse: true })
    expect(agent.last).toBe('DELETE /v1/kv/a?dc=dc3&recurse')
    await elsewhere.kv.delete('a', { datacenter: 'dc4' })
    expect(agent.last).toBe('DELETE /v1/kv/a?dc=dc4')
    elsewhere.close()
  })
})

describe('trouble', () => {
  test('a status that is no success has the text of Consul’s client', async () => {
    agent.answer = () => ({ status: 500, body: 'No cluster leader\n' })
    const error = await client.catalog.nodes().catch((it: unknown) => it)
    expect(error).toBeInstanceOf(UnexpectedResponseError)
    expect(error).toMatchObject({
      status: 500,
      answer: 'No cluster leader',
      message: 'Unexpected response code: 500 (No cluster leader)',
    })
  })

  test('an answer of another shape names the endpoint and the field', async () => {
    agent.answer = () => ({ body: [{ Node: 7 }] })
    await expect(client.catalog.nodes()).rejects.toThrow(UnreadableAnswerError)
    await expect(client.catalog.nodes()).rejects.toThrow(
      /the answer to GET \/v1\/catalog\/nodes cannot be read: .*Node/,
    )
    agent.answer = () => ({ body: '<html>' })
    await expect(client.status.leader()).rejects.toThrow(/is it a Consul agent that listens there/)
  })

  test('an agent that is not there', async () => {
    await agent[Symbol.asyncDispose]()
    const error = await client.agent.members().catch((it: unknown) => it)
    expect(error).toBeInstanceOf(AgentUnreachableError)
    expect((error as Error).message).toBe(
      `Get "http://${agent.address}/v1/agent/members": dial tcp ${agent.address}: connect: connection refused`,
    )
    agent = await FakeAgent.listen()
  })

  test('a connection that breaks in the middle of an answer', async () => {
    agent.answer = () => ({ headers: { 'Content-Length': '100' }, body: 'short', breakOff: true })
    const read = client.catalog.nodes()
    await expect(read).rejects.toThrow(AgentUnreachableError)
  })
})

test('an agent on a Unix socket is reached like any other', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'proconsul-client-'))
  try {
    const path = join(folder, 'http.sock')
    await using onSocket = await FakeAgent.listen(path)
    onSocket.answer = () => ({ body: '"10.0.0.1:8300"' })
    const there = new ConsulClient({ address: `unix://${path}` }, { environment: {} })
    expect(await there.status.leader()).toBe('10.0.0.1:8300')
    there.close()
  } finally {
    rmSync(folder, { recursive: true })
  }
})

describe('sessions, events and operators', () => {
  test.for([
    ['PUT /v1/session/create', { ID: 'x' }, () => client.session.create({ TTL: '10s' })],
    ['PUT /v1/session/destroy/x', true, () => client.session.destroy('x')],
    ['PUT /v1/session/renew/x', [{ ID: 'x' }], () => client.session.renew('x')],
    ['GET /v1/session/info/x', [], () => client.session.info('x')],
    ['GET /v1/session/node/n', null, () => client.session.node('n')],
    ['PUT /v1/event/fire/deploy?node=%5Eweb', { ID: 'e' }, () => client.event.fire('deploy', 'now', { node: '^web' })],
    ['GET /v1/event/list?name=deploy', [], () => client.event.list({ name: 'deploy' })],
    ['DELETE /v1/operator/raft/peer?id=a', null, () => client.operator.removePeer({ id: 'a' })],
    ['POST /v1/operator/raft/transfer-leader', {}, () => client.operator.transferLeader(undefined)],
    [
      'GET /v1/operator/keyring?relay-factor=2&local-only=true',
      [],
      () => client.operator.listKeys({ relayFactor: 2, localOnly: true }),
    ],
    ['POST /v1/operator/keyring', null, () => client.operator.installKey('k')],
    ['PUT /v1/agent/join/10.0.0.1%3A8301?wan=true', null, () => client.agent.join('10.0.0.1:8301', { wan: true })],
    ['PUT /v1/agent/force-leave/a?prune', null, () => client.agent.forceLeave('a', { prune: true })],
    [
      'PUT /v1/agent/service/maintenance/w?enable=true&reason=r',
      null,
      () => client.agent.maintenance(true, { service: 'w', reason: 'r' }),
    ],
    [
      'PUT /v1/agent/service/register?replace-existing-checks',
      null,
      () => client.agent.registerService({ Name: 'w' }, { replaceExistingChecks: true }),
    ],
    ['PUT /v1/agent/check/update/c', null, () => client.agent.updateTtl('c', 'passing', 'fine')],
  ] as const)('%s', async ([sent, body, ask]) => {
    agent.answer = () => ({ body })
    await ask()
    expect(agent.last).toBe(sent)
  })

  test('a session that is gone cannot be renewed', async () => {
    agent.answer = () => ({ status: 404, body: "Session id 'x' not found" })
    expect(await client.session.renew('x')).toBeUndefined()
  })
})
