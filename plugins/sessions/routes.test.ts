import { describe, expect, test } from 'vitest'
import { ProconsulError } from '../../src/kernel/errors.ts'
import { NoLeaderError } from '../../src/wire/cluster-errors.ts'
import catalog from '../catalog/index.ts'
import kv from '../kv/index.ts'
import state from '../state/index.ts'
import { SessionAgent } from './agent.fixture.ts'
import sessionsPlugin from './index.ts'

const nobody = '5b1d9a4e-1c2f-4a87-9d5e-0f2f0a6b7c11'

/** An agent that leads, with its own node. */
function leader() {
  const agent = new SessionAgent([state, catalog, sessionsPlugin, kv])
  agent.register({ Node: 'node-a', Check: { CheckID: 'serfHealth', Name: 'Serf', Status: 'passing' } })
  agent.register({ Node: 'bare' })
  agent.lead()
  return agent
}

async function create(agent: SessionAgent, body?: unknown): Promise<string> {
  const { ID } = (await agent.json('PUT', '/v1/session/create', body)) as { ID: string }
  return ID
}

async function info(agent: SessionAgent, id: string) {
  return ((await agent.json('GET', `/v1/session/info/${id}`)) as Record<string, unknown>[])[0]
}

describe('creating a session', () => {
  test('without a word gives Consul’s defaults', async () => {
    const agent = leader()
    const id = await create(agent)
    expect(await info(agent, id)).toEqual({
      ID: id,
      Name: '',
      Node: 'node-a',
      LockDelay: 15e9,
      Behavior: 'release',
      TTL: '',
      NodeChecks: ['serfHealth'],
      ServiceChecks: null,
      CreateIndex: 3,
      ModifyIndex: 3,
    })
  })

  test.for([
    ['20s', 20e9],
    ['0s', 0],
    [7, 7e9],
    [999, 999e9],
    [1000, 1000],
    [25e9, 25e9],
    [null, 15e9],
  ] as const)('takes the lock-delay %j as %d nanoseconds', async ([LockDelay, expected]) => {
    const agent = leader()
    expect(await info(agent, await create(agent, { LockDelay }))).toMatchObject({ LockDelay: expected })
  })

  test('with an empty list of checks depends on none', async () => {
    const agent = leader()
    expect(await info(agent, await create(agent, { Node: 'bare', Checks: [] }))).toMatchObject({ NodeChecks: [] })
    expect(await info(agent, await create(agent, { Node: 'bare', NodeChecks: null }))).toMatchObject({
      NodeChecks: null,
    })
  })

  test('makes up its own id', async () => {
    const agent = leader()
    expect(await create(agent, { ID: nobody })).not.toBe(nobody)
  })

  test.for([
    [{ Node: 'elsewhere' }, 500, 'apply failed: Missing node registration'],
    [{ Node: '' }, 500, 'Must provide Node'],
    [{ NodeChecks: ['nope'] }, 500, `apply failed: Missing check 'nope' registration`],
    [{ Behavior: 'explode' }, 500, `Invalid Behavior setting 'explode'`],
    [{ TTL: '9s' }, 500, `Invalid Session TTL '9000000000', must be between [10s=24h0m0s]`],
    [{ TTL: '-20s' }, 500, `Invalid Session TTL '-20000000000', must be between [10s=24h0m0s]`],
    [{ TTL: '24h1ns' }, 500, `Invalid Session TTL '86400000000001', must be between [10s=24h0m0s]`],
    [{ TTL: 'soon' }, 500, `Session TTL 'soon' invalid: time: invalid duration "soon"`],
    [{ LockDelay: 'abc' }, 400, 'Request decode failed: time: invalid duration "abc"'],
  ] as const)('%j is refused with %i: %s', async ([body, status, message]) => {
    const agent = leader()
    await expect(create(agent, body)).rejects.toMatchObject({ status, message })
    expect(await agent.json('GET', '/v1/session/list')).toEqual([])
  })

  test.for(['', '0', '0s', '10s', '24h'])('accepts the TTL "%s"', async (TTL) => {
    const agent = leader()
    expect(await info(agent, await create(agent, { TTL }))).toMatchObject({ TTL })
  })
})

describe('a session', () => {
  test('is found in any spelling of its id, and gone once it is destroyed', async () => {
    const agent = leader()
    const id = await create(agent, { Name: 'x' })
    expect(await info(agent, id.toUpperCase())).toMatchObject({ Name: 'x' })
    expect(await agent.json('PUT', `/v1/session/destroy/${id}`)).toBe(true)
    expect(await info(agent, id)).toBeUndefined()
    expect(await agent.json('PUT', `/v1/session/destroy/${id}`)).toBe(true)
  })

  test('is listed, also by node in any letter case', async () => {
    const agent = leader()
    const ids = [await create(agent), await create(agent, { Node: 'bare', Checks: [] })]
    const list = (await agent.json('GET', '/v1/session/list')) as { ID: string }[]
    expect(list.map(({ ID }) => ID)).toEqual([...ids].sort())
    expect(await agent.json('GET', '/v1/session/node/BARE')).toMatchObject([{ ID: ids[1] }])
    expect(await agent.json('GET', '/v1/session/node/none')).toEqual([])
  })

  test('wakes those who wait for its end, and only those', async () => {
    const agent = leader()
    const [mine, other] = [await create(agent), await create(agent)]
    const reply = await agent.ask('GET', `/v1/session/info/${mine}`)
    if (reply.kind !== 'live') throw new Error('a live reply was expected')
    const seen = reply.query.current()
    await agent.json('PUT', `/v1/session/destroy/${other}`)
    agent.state.batchApplied()
    expect(reply.query.current().value).toBe(seen.value)
    await agent.json('PUT', `/v1/session/destroy/${mine}`)
    agent.state.batchApplied()
    expect(reply.query.current()).toMatchObject({ value: [], index: agent.index })
  })

  test.for([
    ['PUT', '/v1/session/destroy/', 'Missing session'],
    ['PUT', '/v1/session/renew/', 'Missing session'],
    ['GET', '/v1/session/info/', 'Missing session'],
    ['GET', '/v1/session/node/', 'Missing node name'],
  ] as const)('%s %s is refused: %s', async ([method, path, message]) => {
    await expect(leader().ask(method, path)).rejects.toMatchObject({ status: 400, message })
  })

  test('with a malformed id is an error, of a read with the headers of one', async () => {
    const agent = leader()
    const message = 'failed session lookup: index error: UUID must be 36 characters'
    expect(await agent.ask('GET', '/v1/session/info/nonsense')).toMatchObject({
      kind: 'failedRead',
      error: { message },
    })
    await expect(agent.ask('PUT', '/v1/session/renew/nonsense')).rejects.toMatchObject({ status: 500, message })
    await expect(agent.ask('PUT', '/v1/session/destroy/nonsense')).rejects.toMatchObject({
      message: `apply failed: ${message}`,
    })
  })

  test('of another datacenter cannot be reached', async () => {
    for (const path of ['create', `renew/${nobody}`, `destroy/${nobody}`]) {
      await expect(leader().ask('PUT', `/v1/session/${path}?dc=elsewhere`)).rejects.toThrow('No path to datacenter')
    }
    expect(await leader().json('PUT', '/v1/session/create?dc=DC1')).toHaveProperty('ID')
  })
})

describe('renewing a session', () => {
  test('shows it, and says 404 of one that is not there', async () => {
    const agent = leader()
    const id = await create(agent, { TTL: '30s', Name: 'r' })
    expect(await agent.json('PUT', `/v1/session/renew/${id}`)).toMatchObject([{ ID: id, Name: 'r', TTL: '30s' }])
    await expect(agent.ask('PUT', `/v1/session/renew/${nobody}`)).rejects.toMatchObject({
      status: 404,
      message: `Session id '${nobody}' not found`,
    })
  })

  test('is for the leader alone', async () => {
    const agent = leader()
    const id = await create(agent, { TTL: '30s' })
    agent.follow()
    await expect(agent.ask('PUT', `/v1/session/renew/${id}`)).rejects.toThrow(NoLeaderError)
  })
})

describe('a session with a TTL', () => {
  test('lapses after twice that time, and its locks with it', async () => {
    const agent = leader()
    const id = await create(agent, { TTL: '10s' })
    await create(agent, { Name: 'without a TTL' })
    agent.kv('lock', 'job', id)
    await agent.clock.advance(19_999)
    expect(await info(agent, id)).toBeDefined()
    await agent.clock.advance(1)
    expect(await info(agent, id)).toBeUndefined()
    expect(await agent.json('GET', '/v1/kv/job')).toMatchObject([{ Key: 'job', LockIndex: 1 }])
    expect(await agent.json('PUT', `/v1/kv/job?acquire=${await create(agent)}`)).toBe(false)
    await agent.clock.advance(15_000)
    expect(await agent.json('PUT', `/v1/kv/job?acquire=${await create(agent)}`)).toBe(true)
    expect(await agent.json('GET', '/v1/session/list')).toHaveLength(3)
  })

  test('lives as long as it is renewed', async () => {
    const agent = leader()
    const id = await create(agent, { TTL: '10s' })
    for (let round = 0; round < 5; round++) {
      await agent.clock.advance(15_000)
      await agent.json('PUT', `/v1/session/renew/${id.toUpperCase()}`)
    }
    expect(await info(agent, id)).toBeDefined()
    await agent.clock.advance(20_000)
    expect(await info(agent, id)).toBeUndefined()
  })

  test('has its full time again under a new leader, and none passes while nobody leads', async () => {
    const agent = leader()
    const id = await create(agent, { TTL: '10s' })
    await agent.clock.advance(15_000)
    agent.follow()
    expect(agent.clock.pending).toBe(0)
    await agent.clock.advance(100_000)
    expect(await info(agent, id)).toBeDefined()
    agent.lead()
    await agent.clock.advance(19_999)
    expect(await info(agent, id)).toBeDefined()
    await agent.clock.advance(1)
    expect(await info(agent, id)).toBeUndefined()
  })

  test('leaves no timer behind when it ends in another way', async () => {
    const agent = leader()
    const before = agent.clock.pending
    const id = await create(agent, { TTL: '10s' })
    expect(agent.clock.pending).toBe(before + 1)
    await agent.json('PUT', `/v1/session/destroy/${id}`)
    expect(agent.clock.pending).toBe(before)
  })

  test('is ended again and again until that succeeds', async () => {
    const agent = leader()
    const id = await create(agent, { TTL: '10s' })
    agent.trouble = new NoMajorityError('nobody answers')
    await agent.clock.advance(20_000 + 10_000 + 20_000)
    expect(agent.proposed.filter((name) => name === 'Session')).toHaveLength(1 + 3)
    agent.trouble = undefined
    await agent.clock.advance(40_000)
    expect(await info(agent, id)).toBeUndefined()
  })
})

class NoMajorityError extends ProconsulError {
  override readonly code = 'no_majority'
}
