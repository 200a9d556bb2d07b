import { describe, expect, test } from 'vitest'
import { readNetworks } from '../../../src/config/networks.ts'
import type { SwimMessage } from '../core/messages.ts'
import { Keyring } from '../encryption/keyring.ts'
import { encodeMessage } from '../wire/message.ts'
import { key, listen, nack, nodeNamed, view } from './loopback.fixture.ts'
import type { LayerOptions } from './setup.ts'

describe('packets', () => {
  const pools: [string, LayerOptions][] = [
    ['plain', { compress: false }],
    ['compressed', {}],
    ['encrypted', { keys: new Keyring([key(1)]) }],
    ['labelled', { label: 'blue' }],
    ['labelled and encrypted', { label: 'blue', keys: new Keyring([key(1)]) }],
  ]

  test.for(pools)('arrive in a pool that is %s, alone and several at once', async ([, options]) => {
    const [a, b] = [await listen('a', options), await listen('b', options)]
    const long: SwimMessage = { type: 'user', payload: Buffer.alloc(900, 'text that gets shorter ') }
    a.transport.sendPacket(b.endpoint, [encodeMessage(nack(1))], { crc: false })
    a.transport.sendPacket(b.endpoint, [nack(2), long, nack(3)].map(encodeMessage), { crc: true })
    await b.until(() => b.messages.length === 4)
    expect(b.messages.map(({ message }) => message)).toEqual([nack(1), nack(2), long, nack(3)])
    expect(b.messages.map(({ from }) => from)).toEqual(Array(4).fill(a.endpoint))
    const { packetsIn, packetBytesIn } = b.transport.counters
    expect({ packetsIn, packetBytesIn }).toEqual({ packetsIn: 2, packetBytesIn: a.transport.counters.packetBytesOut })
  })

  test('are more than one when a compound cannot hold all messages', async () => {
    const [a, b] = [await listen('a'), await listen('b')]
    const parts = Array.from({ length: 300 }, (_, i) => encodeMessage(nack(i)))
    a.transport.sendPacket(b.endpoint, parts, { crc: false })
    await b.until(() => b.messages.length === 300)
    expect(b.transport.counters.packetsIn).toBe(2)
  })

  test('that cannot be sent are counted and nothing else', async () => {
    const [a, b] = [await listen('a'), await listen('b')]
    const small = encodeMessage(nack(1))
    const tooLong = encodeMessage({ type: 'user', payload: Buffer.alloc(65_535) })
    a.transport.sendPacket({ address: '127.0.0.1', port: 0 }, [small], { crc: false })
    a.transport.sendPacket(b.endpoint, [small, tooLong], { crc: false })
    a.transport.sendPacket({ address: '::1', port: b.transport.port }, [small], { crc: false })
    a.transport.sendPacket(b.endpoint, [small], { crc: false })
    await b.until(() => b.messages.length === 1)
    expect(a.transport.counters.packetsUnsent).toBe(3)
    expect(a.faults).toEqual([])
  })

  test.for<[keyof typeof reasons, LayerOptions, LayerOptions]>([
    ['undecryptable', { keys: new Keyring([key(1)]) }, { keys: new Keyring([key(2)]) }],
    ['undecryptable', {}, { keys: new Keyring([key(2)]) }],
    ['wrongLabel', { label: 'blue' }, {}],
    ['wrongLabel', {}, { label: 'blue' }],
    ['wrongLabel', { label: 'green' }, { label: 'blue' }],
  ])('that are not for this pool are dropped as %s', async ([reason, theirs, ours]) => {
    const [stranger, friend, b] = [await listen('s', theirs), await listen('f', ours), await listen('b', ours)]
    stranger.transport.sendPacket(b.endpoint, [encodeMessage(nack(1))], { crc: true })
    friend.transport.sendPacket(b.endpoint, [encodeMessage(nack(2))], { crc: true })
    await b.until(() => b.messages.length === 1)
    expect(b.messages[0]!.message).toEqual(nack(2))
    expect(b.transport.counters.drops).toMatchObject({ [reason]: 1 })
  })
  const reasons = { undecryptable: 1, wrongLabel: 1 }

  test('of a member without encryption are taken while encryption is rolled out', async () => {
    const keys = new Keyring([key(1)])
    const first = { keys, verifyIncoming: false, verifyOutgoing: false }
    const [plain, rolling, done] = [await listen('p'), await listen('r', first), await listen('d', { keys })]
    plain.transport.sendPacket(rolling.endpoint, [encodeMessage(nack(1))], { crc: true })
    rolling.transport.sendPacket(plain.endpoint, [encodeMessage(nack(2))], { crc: true })
    done.transport.sendPacket(rolling.endpoint, [encodeMessage(nack(3))], { crc: true })
    await rolling.until(() => rolling.messages.length === 2)
    await plain.until(() => plain.messages.length === 1)
    expect(rolling.messages.map(({ message }) => message)).toEqual([nack(1), nack(3)])
  })

  test('that announce members are taken from allowed networks only, all others from anywhere', async () => {
    const a = await listen('a')
    const b = await listen('b', { announcesFrom: readNetworks('serf_lan_allowed_cidrs', ['10.0.0.0/8', '::1/128']) })
    const c = await listen('c', { announcesFrom: readNetworks('serf_lan_allowed_cidrs', ['127.0.0.0/24']) })
    const { name, state: _, ...rest } = nodeNamed('x')
    const alive: SwimMessage = { type: 'alive', node: name, ...rest }
    for (const to of [b, c]) a.transport.sendPacket(to.endpoint, [nack(1), alive].map(encodeMessage), { crc: true })
    await b.until(() => b.messages.length === 1)
    await c.until(() => c.messages.length === 2)
    expect(b.messages.map(({ message }) => message)).toEqual([nack(1)])
    expect(b.transport.counters.notAllowed).toBe(1)
    expect(c.messages.map(({ message }) => message)).toEqual([nack(1), alive])
  })

  test('go over IPv6 too, also to IPv4 from a port for both', async () => {
    const both = await listen('a', { host: '::' })
    const four = await listen('b')
    const six = { address: '::1', port: both.transport.port }
    both.transport.sendPacket(six, [encodeMessage(nack(1))], { crc: false })
    both.transport.sendPacket(four.endpoint, [encodeMessage(nack(2))], { crc: false })
    await four.until(() => four.messages.length === 1)
    four.transport.sendPacket(four.messages[0]!.from, [encodeMessage(nack(3))], { crc: false })
    await both.until(() => both.messages.length === 2)
    const seen = both.messages.map(({ message, from }) => [message, from])
    expect(seen).toContainEqual([nack(1), six])
    expect(seen).toContainEqual([nack(3), four.endpoint])
    expect(four.messages[0]!.from).toEqual({ address: '127.0.0.1', port: both.transport.port })
    expect(await both.transport.pushPull(four.endpoint, () => view('a'))).toMatchObject({ nodes: [{ name: 'b' }] })
  })
})
