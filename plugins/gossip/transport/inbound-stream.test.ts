import { once } from 'node:events'
import { describe, expect, test } from 'vitest'
import { Keyring } from '../encryption/keyring.ts'
import { encodeMessage } from '../wire/message.ts'
import { encodePushPull } from '../wire/push-pull.ts'
import type { StreamBody } from '../wire/stream-body.ts'
import { encodeUserBody } from '../wire/stream-body.ts'
import { StreamReader } from '../wire/stream-reader.ts'
import { encodeUnit } from '../wire/stream-unit.ts'
import { closed, connected, key, listen, ping, view } from './loopback.fixture.ts'
import { gossipLayers } from './setup.ts'

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
