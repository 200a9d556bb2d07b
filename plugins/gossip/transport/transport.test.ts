import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { readNetworks } from '../../../src/config/networks.ts'
import type { Ping, PushPull, SwimMessage } from '../core/messages.ts'
import { Keyring } from '../encryption/keyring.ts'
import { encodeMessage } from '../wire/message.ts'
import { encodePushPull } from '../wire/push-pull.ts'
import { encodeUserBody, type StreamBody } from '../wire/stream-body.ts'
import { StreamReader } from '../wire/stream-reader.ts'
import { encodeUnit } from '../wire/stream-unit.ts'
import { nodeNamed, Peer } from './loopback.fixture.ts'
import { gossipLayers, type LayerOptions, type TransportSetup } from './setup.ts'

const open: { close(): Promise<void> }[] = []

async function listen(name: string, options: LayerOptions & Partial<TransportSetup> = {}): Promise<Peer> {
  const peer = await Peer.listen(name, options)
  open.push(peer.transport)
  return peer
}

afterEach(async () => {
  for (const one of open.splice(0)) await one.close()
})

const key = (byte: number) => Buffer.alloc(32, byte)
const nack = (seqNo: number): SwimMessage => ({ type: 'nack', seqNo })
const ping = (node: string, seqNo = 7): Ping => ({ type: 'ping', seqNo, node })
const view = (name: string): PushPull => ({ join: true, nodes: [nodeNamed(name)], userState: Buffer.from('mine') })

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

describe('a push/pull', () => {
  test.for<[string, LayerOptions]>([
    ['plain', { compress: false }],
    ['compressed', {}],
    ['encrypted', { keys: new Keyring([key(1)]) }],
    ['labelled and encrypted', { label: 'blue', keys: new Keyring([key(1)]) }],
  ])('shows each side the other in a pool that is %s', async ([, options]) => {
    const [a, b] = [await listen('a', options), await listen('b', options)]
    const answer = await a.transport.pushPull(b.endpoint, () => view('a'))
    expect(answer).toEqual({ ...b.view, join: true })
    await b.until(() => b.merged.length === 1)
    expect(b.merged).toEqual([view('a')])
  })

  test('carries a pool of 5,000', async () => {
    const [a, b] = [
      await listen('a', { keys: new Keyring([key(1)]) }),
      await listen('b', { keys: new Keyring([key(1)]) }),
    ]
    const nodes = Array.from({ length: 5000 }, (_, i) => nodeNamed(`node-${i}`))
    b.view = { ...b.view!, nodes }
    const answer = await a.transport.pushPull(b.endpoint, () => ({ ...view('a'), nodes }))
    expect(answer.nodes).toEqual(nodes)
    await b.until(() => b.merged.length === 1)
    expect(b.merged[0]!.nodes).toEqual(nodes)
  })

  test('fails with the reason the other side gives', async () => {
    const [a, b] = [await listen('a'), await listen('b', { keys: new Keyring([key(1)]), verifyOutgoing: false })]
    await expect(a.transport.pushPull(b.endpoint, () => view('a'))).rejects.toThrow(
      'remote error: cannot read a gossip stream: it is not encrypted, and this agent takes only what is',
    )
    expect(b.merged).toEqual([])
    expect(b.transport.counters.streamsBroken).toBe(1)
  })

  test('fails on both sides when the keys differ', async () => {
    const [a, b] = [
      await listen('a', { keys: new Keyring([key(1)]) }),
      await listen('b', { keys: new Keyring([key(2)]) }),
    ]
    // The reason comes back, encrypted with the other side's key.
    await expect(a.transport.pushPull(b.endpoint, () => view('a'))).rejects.toThrow(
      'none of the keys of this agent fits',
    )
    expect(b.refused).toEqual(['cannot read a gossip stream: none of the keys of this agent fits'])
  })

  test('with a member of another label is closed without a word', async () => {
    const [a, b] = [await listen('a', { label: 'green' }), await listen('b', { label: 'blue' })]
    await expect(a.transport.pushPull(b.endpoint, () => view('a'))).rejects.toMatchObject({ code: 'gossip_peer' })
    expect(b.refused).toEqual(['cannot read a gossip stream: it bears another label than this agent'])
  })

  test('with nobody fails in the words of Go', async () => {
    const a = await listen('a')
    const gone = await Peer.listen('b')
    await gone.transport.close()
    const address = `127.0.0.1:${gone.transport.port}`
    await expect(a.transport.pushPull(gone.endpoint, () => view('a'))).rejects.toThrow(
      `dial tcp ${address}: connect: connection refused`,
    )
  })

  test('that is not answered in time fails', async () => {
    const a = await listen('a')
    const { endpoint, connected } = await silentServer()
    const exchange = a.transport.pushPull(endpoint, () => view('a'))
    const failed = expect(exchange).rejects.toThrow(`dial tcp 127.0.0.1:${endpoint.port}: i/o timeout`)
    const socket = await connected
    await once(socket, 'data')
    await a.clock.advance(10_000)
    await failed
    expect(a.clock.pending).toBe(0)
  })

  test('ends with its signal, and when the pool closes', async () => {
    const a = await listen('a')
    const { endpoint } = await silentServer()
    const giveUp = new AbortController()
    const one = a.transport.pushPull(endpoint, () => view('a'), giveUp.signal)
    const other = a.transport.pushPull(endpoint, () => view('a'))
    giveUp.abort()
    await expect(one).rejects.toMatchObject({ code: 'gossip_dial_aborted' })
    await Promise.all([a.transport.close(), expect(other).rejects.toMatchObject({ code: 'gossip_dial_aborted' })])
    await expect(a.transport.pushPull(endpoint, () => view('a'))).rejects.toMatchObject({ code: 'gossip_dial_aborted' })
  })

  test('is refused while 128 others are being answered', async () => {
    const b = await listen('b', { compress: false })
    const request = encodePushPull(view('a'))
    // These read no answer and do not hang up.
    const slow = await Promise.all(Array.from({ length: 128 }, () => connected(b)))
    for (const socket of slow) socket.write(request)
    await b.until(() => b.merged.length === 128)
    const late = await connected(b)
    late.write(request)
    await closed(late)
    expect(late.bytesRead).toBe(0)
    expect(b.transport.counters.streamsRefused).toBe(1)
    for (const socket of slow) socket.destroy()
    await Promise.all(slow.map(closed))
    const a = await listen('a')
    expect(await a.transport.pushPull(b.endpoint, () => view('a'))).toMatchObject({ nodes: [{ name: 'b' }] })
  })

  test('that shows members nobody can understand goes on without them', async () => {
    const [a, b] = [await listen('a'), await listen('b')]
    await a.transport.pushPull(b.endpoint, () => ({ ...view('a'), nodes: [nodeNamed(''), nodeNamed('x')] }))
    await b.until(() => b.merged.length === 1)
    expect(b.merged[0]!.nodes).toEqual([nodeNamed('x')])
    expect(b.refused).toEqual(['1 members of a push/pull'])
  })
})

describe('a ping over TCP', () => {
  test('is answered by the member it is for', async () => {
    const [a, b] = [await listen('a'), await listen('b')]
    expect(await a.transport.ping(b.endpoint, ping('b'), 500)).toBe(true)
    expect(await a.transport.ping(b.endpoint, ping(''), 500)).toBe(true)
    expect(await a.transport.ping(b.endpoint, ping('another'), 500)).toBe(false)
    expect(a.clock.pending).toBe(0)
  })

  test('is not answered by an ack to another ping', async () => {
    const a = await listen('a')
    const { endpoint, connected } = await silentServer()
    const answered = a.transport.ping(endpoint, ping('b', 7), 500)
    const socket = await connected
    socket.write(encodeMessage({ type: 'ack', seqNo: 8, payload: Buffer.alloc(0) }))
    expect(await answered).toBe(false)
  })

  test('fails in time', async () => {
    const a = await listen('a')
    const { endpoint, connected } = await silentServer()
    const answered = a.transport.ping(endpoint, ping('b'), 500)
    await connected
    await a.clock.advance(500)
    expect(await answered).toBe(false)
  })
})

describe('a stream from outside', () => {
  test('may bring a message to the layer above', async () => {
    const b = await listen('b')
    const socket = await connected(b)
    socket.write(encodeUnit(encodeUserBody(Buffer.from('hello')), gossipLayers()))
    await b.until(() => b.userMessages.length === 1)
    expect(b.userMessages).toEqual([Buffer.from('hello')])
    await closed(socket)
  })

  test("that is not encrypted learns why it is refused, in the pool's own encryption", async () => {
    const keys = new Keyring([key(1)])
    const b = await listen('b', { keys })
    const socket = await connected(b)
    socket.write(encodePushPull(view('a')))
    const reader = new StreamReader(gossipLayers({ keys }), false)
    const [piece] = (await once(socket, 'data')) as [Buffer]
    expect(reader.push(piece)).toMatchObject({ type: 'error', reason: expect.stringContaining('not encrypted') })
    await closed(socket)
  })

  test.for([
    ['an HTTP request', Buffer.from('GET / HTTP/1.1\r\n\r\n')],
    ['a type unknown', Buffer.from([99, 0x80])],
    ['an ack nobody waits for', encodeMessage({ type: 'ack', seqNo: 1, payload: Buffer.alloc(0) })],
    ['a label', Buffer.concat([Buffer.from([244, 4]), Buffer.from('blue')])],
    ['a header with too many members', encodePushPullHeader(1 << 21, 0)],
    ['a header with too much state', encodePushPullHeader(0, 1 << 25)],
    ['a header with a negative number', encodePushPullHeader(-1, 0)],
  ] as const)('that says %s is closed without a word', async ([, bytes]) => {
    const b = await listen('b')
    const socket = await connected(b)
    socket.write(bytes)
    await closed(socket)
    expect(socket.bytesRead).toBe(0)
    expect(b.transport.counters.streamsBroken).toBe(1)
    expect(b.faults).toEqual([])
  })

  test('that says nothing is closed in the end', async () => {
    const b = await listen('b')
    const [mute, halfway] = [await connected(b), await connected(b)]
    halfway.write(encodePushPull(view('a')).subarray(0, 20))
    while (b.transport.counters.streamBytesIn < 20) await b.clock.advance(0)
    await b.clock.advance(10_000)
    await Promise.all([closed(mute), closed(halfway)])
    expect(b.refused).toEqual(['it did not end in time', 'it did not end in time'])
    expect(b.clock.pending).toBe(0)
  })

  test('that only looks whether the port is open is no trouble', async () => {
    const b = await listen('b')
    const socket = await connected(b)
    socket.end()
    await closed(socket)
    expect(b.refused).toEqual([])
    const torn = await connected(b)
    torn.end(encodePushPull(view('a')).subarray(0, 20))
    await closed(torn)
    expect(b.refused).toEqual(['it ended in the middle'])
  })
})

describe('streams from outside, many or large', () => {
  test('are closed at once when too many are open', async () => {
    const b = await listen('b', { streamsMax: 3 })
    const open = [await connected(b), await connected(b), await connected(b)]
    const late = await connected(b)
    await closed(late)
    expect(b.transport.counters).toMatchObject({ streamsIn: 4, streamsRefused: 1 })
    open[0]!.destroy()
    while (!(await b.transport.ping(b.endpoint, ping('b'), 500))) await closed(open[0]!)
  })

  test('hold 64 MiB half-read bytes at most', async () => {
    const b = await listen('b', { keys: new Keyring([key(1)]) })
    const frame = Buffer.alloc(17 * 2 ** 20)
    frame[0] = 10
    frame.writeUInt32BE(20 * 2 ** 20, 1)
    const sockets = await Promise.all(Array.from({ length: 4 }, () => connected(b)))
    for (const socket of sockets) socket.write(frame)
    await b.until(() => b.refused.length > 0)
    expect(b.refused).toEqual(['too many streams are half read'])
    expect(b.transport.counters.streamsRefused).toBe(1)
    // When they are gone, there is room again.
    for (const socket of sockets) socket.destroy()
    await Promise.all(sockets.map(closed))
    expect(await b.transport.ping(b.endpoint, ping('b'), 500)).toBe(true)
  })

  test('learn why they are refused also while they are still speaking', async () => {
    const keys = new Keyring([key(1)])
    const b = await listen('b', { keys })
    const socket = await connected(b)
    const reader = new StreamReader(gossipLayers({ keys }), false)
    const reply = once(socket, 'data')
    socket.end(Buffer.concat([encodePushPull(view('a')), Buffer.alloc(8 * 2 ** 20)]))
    expect(reader.push(((await reply) as [Buffer])[0])).toMatchObject({ type: 'error' })
    await closed(socket)
    expect(b.refused).toHaveLength(1)
  })

  test('get all of their answer also when they hang up their half', async () => {
    const b = await listen('b', { compress: false })
    const userState = Buffer.alloc(16 * 2 ** 20, 'more than the system takes at once')
    b.view = { ...b.view!, userState }
    const socket = await connected(b)
    socket.end(encodePushPull(view('a')))
    const reader = new StreamReader(gossipLayers(), false)
    let answer: StreamBody | undefined
    for await (const piece of socket) answer ??= reader.push(piece as Buffer)
    expect(answer?.type === 'pushPull' && answer.pushPull.userState.equals(userState)).toBe(true)
  })
})

describe('a port', () => {
  test('that is taken is an error that names the settings', async () => {
    const a = await listen('a')
    const port = a.transport.port
    await expect(listen('b', { port })).rejects.toMatchObject({
      code: 'config',
      message: `cannot listen for gossip on 127.0.0.1:${port} (TCP): another program listens there; stop it, or choose another port with ports.serf_lan (-serf-lan-port)`,
    })
  })

  test('of an address that the machine has not is an error that names the setting', async () => {
    await expect(listen('b', { host: '192.0.2.1' })).rejects.toThrow(
      'this machine has no such address; correct serf_lan (-serf-lan-bind)',
    )
  })

  test('that is free for TCP only is given back', async () => {
    const { createSocket } = await import('node:dgram')
    const other = createSocket('udp4').bind({ port: 0, address: '127.0.0.1' })
    await once(other, 'listening')
    const { port } = other.address()
    await expect(listen('b', { port })).rejects.toThrow(`127.0.0.1:${port} (UDP): another program listens there`)
    await new Promise<void>((resolve) => other.close(resolve))
    await listen('b', { port })
  })
})

function encodePushPullHeader(nodes: number, userStateBytes: number): Buffer {
  const header = encodePushPull({ join: false, nodes: [], userState: Buffer.alloc(0) })
  const wide = (value: number) => {
    const bytes = Buffer.alloc(5)
    bytes[0] = 0xd2
    bytes.writeInt32BE(value, 1)
    return bytes
  }
  const text = header.toString('latin1')
  const [front, back] = [text.indexOf('Nodes') + 5, text.indexOf('UserStateLen')]
  return Buffer.concat([
    header.subarray(0, front),
    wide(nodes),
    header.subarray(front + 1, back + 12),
    wide(userStateBytes),
  ])
}

async function connected(peer: Peer): Promise<Socket> {
  const socket = connect(peer.transport.port, '127.0.0.1')
  socket.on('error', () => socket.destroy())
  await once(socket, 'connect')
  return socket
}

async function closed(socket: Socket): Promise<void> {
  socket.resume()
  if (!socket.closed) await once(socket, 'close')
}

/** A server that takes connections and says nothing. */
async function silentServer(): Promise<{ endpoint: { address: string; port: number }; connected: Promise<Socket> }> {
  const server = createServer()
  const connected = once(server, 'connection').then(([socket]) => {
    socket.on('error', () => socket.destroy())
    return socket as Socket
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const sockets = new Set<Socket>()
  server.on('connection', (socket) => sockets.add(socket.on('error', () => socket.destroy())))
  open.push({
    close: async () => {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  })
  return { endpoint: { address: '127.0.0.1', port: (server.address() as { port: number }).port }, connected }
}
