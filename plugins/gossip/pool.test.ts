import { describe, expect, test, vi } from 'vitest'
import { memberStatus } from './contract.ts'
import { testPool } from './pool.fixture.ts'

const { alive, left, failed } = memberStatus
const soon = { timeout: 15_000, interval: 20 }
const key = Buffer.alloc(16, 7).toString('base64')
const otherKey = Buffer.alloc(16, 8).toString('base64')

describe('a pool', () => {
  test.for([
    ['IPv4', '127.0.0.1'],
    ['IPv6', '::1'],
  ] as const)('of two over %s: members, events and queries reach both', async ([, address]) => {
    await using a = await testPool('a', { address, answer: (payload) => Buffer.concat([Buffer.from('a:'), payload]) })
    await using b = await testPool('b', { address, answer: (payload) => Buffer.concat([Buffer.from('b:'), payload]) })
    expect(await b.pool.join([a.address])).toBe(1)
    await vi.waitFor(
      () =>
        expect([a.statuses(), b.statuses()]).toEqual([
          { a: alive, b: alive },
          { a: alive, b: alive },
        ]),
      soon,
    )

    a.pool.userEvent('deploy', Buffer.from('v2'), false)
    await vi.waitFor(() => expect(b.events).toMatchObject([{ name: 'deploy', payload: Buffer.from('v2') }]), soon)
    expect(a.events).toEqual(b.events)

    const answers = await b.pool.query('load', Buffer.from('?'), {})
    expect(answers.map(({ from, payload }) => `${from} ${payload}`).sort()).toEqual(['a a:?', 'b b:?'])
    const some = await b.pool.query('load', Buffer.from('!'), { nodes: ['a'], timeoutMs: 5000 })
    expect(some.map(({ from }) => from)).toEqual(['a'])
    await vi.waitFor(() => expect(b.pool.roundTripMs('a')).toBeGreaterThan(0), soon)
    expect(b.pool.coordinateOf('a')?.Vec).toHaveLength(8)
    expect(b.pool.stats()).toMatchObject({ members: '2', failed: '0', left: '0', encrypted: 'false' })
    expect([a.faults, b.faults]).toEqual([[], []])
  })

  test('sees a member that falls silent fail, and takes it for left when told so', async () => {
    await using a = await testPool('a')
    await using b = await testPool('b')
    const c = await testPool('c')
    await b.pool.join([a.address])
    await c.pool.join([a.address])
    await vi.waitFor(() => expect(b.statuses()).toEqual({ a: alive, b: alive, c: alive }), soon)
    await c.pool.close()
    await vi.waitFor(() => expect(b.statuses()).toEqual({ a: alive, b: alive, c: failed }), soon)
    await b.pool.forceLeave('c', false)
    await vi.waitFor(() => expect([a.statuses().c, b.statuses().c]).toEqual([left, left]), soon)
    expect(a.changes.map(({ kind, member }) => `${member.name} ${kind}`)).toEqual([
      'a join',
      'b join',
      'c join',
      'c failed',
      'c leave',
    ])
    await expect(b.pool.forceLeave('nobody', false)).rejects.toThrow("agent: No node found with name 'nobody'")
  })

  test('knows who left on purpose', async () => {
    await using a = await testPool('a')
    await using b = await testPool('b')
    await b.pool.join([a.address])
    await vi.waitFor(() => expect(a.statuses()).toEqual({ a: alive, b: alive }), soon)
    await Promise.all([b.pool.leave(), b.pool.leave()])
    expect(a.statuses()).toEqual({ a: alive, b: left })
  })

  test('with keys: lists and changes them everywhere', async () => {
    await using a = await testPool('a', { options: { encrypt: key } })
    await using b = await testPool('b', { options: { encrypt: key } })
    await b.pool.join([a.address])
    await vi.waitFor(() => expect(a.statuses()).toEqual({ a: alive, b: alive }), soon)
    for (const operation of ['install', 'use'] as const) {
      expect(await a.pool.keyring({ operation, key: otherKey })).toMatchObject({ memberCount: 2, error: '' })
    }
    expect(await b.pool.keyring({ operation: 'list' })).toMatchObject({
      keys: { [key]: 2, [otherKey]: 2 },
      primaryKeys: { [otherKey]: 2 },
      error: '',
    })
    expect(await a.pool.keyring({ operation: 'remove', key: otherKey })).toMatchObject({
      error: '2/2 nodes reported failure',
      messages: { a: 'Removing the primary key is not allowed', b: 'Removing the primary key is not allowed' },
    })
    expect(await a.pool.keyring({ operation: 'use', key: 'x' })).toMatchObject({
      memberCount: 0,
      error: 'illegal base64 data at input byte 0',
    })
  })

  test.for([
    ['another key', { options: { encrypt: otherKey } }],
    ['no key', {}],
  ] as const)('with keys: keeps out who has %s', async ([, wishes]) => {
    await using a = await testPool('a', { options: { encrypt: key } })
    await using b = await testPool('b', wishes)
    await expect(b.pool.join([a.address])).rejects.toThrow('Failed to join')
    expect([a.statuses(), b.statuses()]).toEqual([{ a: alive }, { b: alive }])
  })

  test('takes whoever comes while encryption is rolled out', async () => {
    const rollingOut = { encrypt: key, verifyIncoming: false, verifyOutgoing: false }
    await using a = await testPool('a', { options: rollingOut })
    await using b = await testPool('b')
    await b.pool.join([a.address])
    await vi.waitFor(
      () =>
        expect([a.statuses(), b.statuses()]).toEqual([
          { a: alive, b: alive },
          { a: alive, b: alive },
        ]),
      soon,
    )
  })

  test('keeps out another datacenter, addresses that are not allowed, and clients of the WAN pool', async () => {
    await using a = await testPool('a')
    await using far = await testPool('far', { datacenter: 'dc2' })
    await expect(far.pool.join([a.address])).rejects.toThrow("Member 'a' part of wrong datacenter 'dc1'")
    await using guarded = await testPool('guarded', { options: { allowedLan: ['192.0.2.0/24'] } })
    await using c = await testPool('c')
    await expect(guarded.pool.join([a.address])).rejects.toThrow('which serf_lan_allowed_cidrs does not allow')
    await c.pool.join([guarded.address])
    expect(guarded.statuses()).toEqual({ guarded: alive })
    await using wan = await testPool('s', { pool: 'wan', server: true })
    await using client = await testPool('t', { pool: 'wan' })
    await client.pool.join([wan.address]).catch(() => undefined)
    expect(wan.statuses()).toEqual({ 's.dc1': alive })
  })

  test('says when two agents have one name, and keeps the first', async () => {
    await using a = await testPool('a')
    await using b = await testPool('b')
    await using twin = await testPool('b')
    await b.pool.join([a.address])
    await vi.waitFor(() => expect(a.statuses()).toEqual({ a: alive, b: alive }), soon)
    await twin.pool.join([a.address])
    await vi.waitFor(() => expect(a.log.join('')).toMatch(/Name conflict of two members/), soon)
    expect(a.pool.find('b')?.port).toBe(Number(b.address.split(':')[1]))
  })
})
