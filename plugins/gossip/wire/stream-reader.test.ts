import { describe, expect, test } from 'vitest'
import { writeMsgpack } from '../../../src/wire/msgpack-writer.ts'
import type { PushPull, PushPullNode } from '../core/messages.ts'
import { Keyring } from '../encryption/keyring.ts'
import { gossipLayers } from '../transport/setup.ts'
import { compress } from './compress.ts'
import { GossipStreamError } from './errors.ts'
import type { Layers } from './layers.ts'
import { encodePushPull } from './push-pull.ts'
import { encodeUserBody, type StreamBody } from './stream-body.ts'
import { StreamReader } from './stream-reader.ts'
import { encodeUnit } from './stream-unit.ts'

const mib = 2 ** 20
const plain = gossipLayers({ compress: false })
const keys = new Keyring([Buffer.alloc(32, 1)])
const sealed = gossipLayers({ keys })

const vsn = { pMin: 1, pMax: 5, pCur: 2, dMin: 2, dMax: 5, dCur: 4 }
const node = (name: string): PushPullNode => ({
  name,
  address: 'fd00::1',
  port: 8301,
  meta: Buffer.from(`meta of ${name}`),
  vsn,
  incarnation: 3,
  state: 'suspect',
})
const view: PushPull = { join: true, nodes: [node('a'), node('b')], userState: Buffer.from('state') }

function read(bytes: Buffer, layers: Layers = plain, pieceBytes = bytes.length): StreamBody | undefined {
  const reader = new StreamReader(layers, true)
  for (let at = 0; at < bytes.length; at += pieceBytes) {
    const said = reader.push(bytes.subarray(at, at + pieceBytes))
    if (said !== undefined) return said
  }
  return undefined
}

/** Why a stream is refused, and whether its sender is told. */
function refusal(bytes: Buffer, layers: Layers = plain): { reason: string; tellPeer: boolean } {
  try {
    read(bytes, layers)
  } catch (error) {
    if (error instanceof GossipStreamError) return { reason: error.message, tellPeer: error.tellPeer }
    throw error
  }
  throw new Error('nothing was refused')
}

/** The last bytes become zeros. */
function withZeros(bytes: Buffer, count: number): Buffer {
  return Buffer.concat([bytes.subarray(0, -count), Buffer.alloc(count)])
}

describe('a stream is read', () => {
  test.for([1, 2, 3, 7, 64, 1000])('in pieces of %i bytes, with and without layers', (pieceBytes) => {
    const pushPull = { type: 'pushPull', pushPull: view, droppedNodes: 0 }
    for (const layers of [plain, gossipLayers(), sealed]) {
      expect(read(encodeUnit(encodePushPull(view), layers), layers, pieceBytes)).toEqual(pushPull)
    }
    const labelled = gossipLayers({ label: 'blue', keys })
    const bytes = Buffer.concat([labelled.label, encodeUnit(encodePushPull(view), labelled)])
    expect(read(bytes, labelled, pieceBytes)).toEqual(pushPull)
  })

  test('without what follows it', () => {
    const bytes = Buffer.concat([encodeUserBody(Buffer.from('hello')), Buffer.from('more')])
    expect(read(bytes)).toEqual({ type: 'user', payload: Buffer.from('hello') })
  })

  test('plain, where encryption is being rolled out', () => {
    const layers = gossipLayers({ keys, verifyIncoming: false })
    expect(read(encodePushPull(view), layers)).toMatchObject({ type: 'pushPull' })
    expect(read(encodeUnit(encodePushPull(view), sealed), layers)).toMatchObject({ type: 'pushPull' })
  })

  test('to its end only: what is missing is waited for', () => {
    const bytes = encodePushPull(view)
    for (let size = 0; size < bytes.length; size++) expect(read(bytes.subarray(0, size))).toBeUndefined()
  })

  test('with members that nobody can understand left out', () => {
    const nodes = [node(''), node('c')]
    expect(read(encodePushPull({ ...view, nodes }))).toMatchObject({
      pushPull: { nodes: [node('c')] },
      droppedNodes: 1,
    })
    // An unknown state, and an address of three bytes.
    const odd = writeMsgpack((writer) => {
      writer.byte(6)
      writer.mapHeader(1)
      writer.text('Nodes')
      writer.integer(2)
      for (const [state, address] of [
        [4, '\x0a\x00\x00\x01'],
        [0, '\x0a\x00\x00'],
      ] as const) {
        writer.mapHeader(3)
        writer.text('Name')
        writer.text('x')
        writer.text('State')
        writer.integer(state)
        writer.text('Addr')
        writer.byteText(address)
      }
    })
    expect(read(odd)).toMatchObject({ pushPull: { join: false, nodes: [] }, droppedNodes: 2 })
  })
})

describe('a stream is refused, and its sender told, when', () => {
  test.for([
    ['it is plain where encryption is asked for', encodePushPull(view), sealed, 'it is not encrypted'],
    ['it is encrypted where nobody has a key', encodeUnit(encodePushPull(view), sealed), plain, 'it is encrypted'],
    [
      'no key fits',
      encodeUnit(encodePushPull(view), gossipLayers({ keys: new Keyring([Buffer.alloc(32, 9)]) })),
      sealed,
      'none of the keys of this agent fits',
    ],
    ['its frame is too large', Buffer.from([10, 0x01, 0x40, 0x00, 0x01]), sealed, 'it has 20971521 bytes'],
    ['its frame is too small', Buffer.from([10, 0, 0, 0, 0]), sealed, 'none of the keys'],
    ['its compression is unknown', Buffer.from([9, 0x81, 0xa4, ...Buffer.from('Algo'), 1]), plain, 'compression 1'],
    ['its compression is broken', withZeros(compress(Buffer.from('hello')), 2), plain, 'Malformed LZW'],
  ] as const)('%s', ([, bytes, layers, reason]) => {
    expect(refusal(bytes, layers)).toEqual({ reason: expect.stringContaining(reason), tellPeer: true })
  })

  test('it gives more than 40 MiB', () => {
    const bomb = compress(Buffer.alloc(40 * mib + 1))
    expect(bomb.length).toBeLessThan(100_000)
    expect(refusal(bomb)).toMatchObject({ reason: expect.stringContaining('more than 41943040 bytes'), tellPeer: true })
  })
})

describe('a stream is closed without a word when', () => {
  const header = (nodes: number, userBytes: number) =>
    writeMsgpack((writer) => {
      writer.byte(6)
      writer.mapHeader(2)
      writer.text('Nodes')
      writer.integer(nodes)
      writer.text('UserStateLen')
      writer.integer(userBytes)
    })
  const user = (sizeBytes: number) =>
    writeMsgpack((writer) => {
      writer.byte(8)
      writer.mapHeader(1)
      writer.text('UserMsgLen')
      writer.integer(sizeBytes)
    })

  test.for([
    ['it speaks of too many members', header(mib + 1, 0), 'it has 1048577 members'],
    ['it speaks of fewer than none', header(-1, 0), 'it has -1 members'],
    ['its state is too large', header(0, 20 * mib + 1), 'it announces 20971521 bytes'],
    ['its message is too large', user(20 * mib + 1), 'it announces 20971521 bytes'],
    ['its message is less than nothing', user(-5), 'it announces -5 bytes'],
    ['its type is unknown', Buffer.from([99]), 'a message of type 99 has no place in it'],
    ['it gossips', Buffer.from([4, 0x80]), 'a message of type 4 has no place in it'],
    ['a frame is in it twice', encodeUnit(encodeUnit(encodePushPull(view), sealed), plain), 'it is encrypted'],
    ['a record is nested too deeply', Buffer.from([6, ...Array<number>(100).fill(0x91)]), 'it is nested too deeply'],
    ['its header is no record', Buffer.from([6, 0x05]), 'expected a map'],
  ] as const)('%s', ([name, bytes, reason]) => {
    const told = name === 'a frame is in it twice'
    expect(refusal(bytes)).toEqual({ reason: expect.stringContaining(reason), tellPeer: told })
  })

  test('what its frame holds is cut short', () => {
    for (const body of [encodePushPull(view).subarray(0, -1), encodeUserBody(Buffer.from('hello')).subarray(0, -1)]) {
      expect(refusal(encodeUnit(body, sealed), sealed)).toMatchObject({
        reason: expect.stringContaining('is cut short'),
        tellPeer: false,
      })
    }
    expect(refusal(encodeUnit(Buffer.alloc(0), sealed), sealed)).toMatchObject({ tellPeer: false })
  })

  test('a record in it never ends', () => {
    const reader = new StreamReader(plain, true)
    reader.push(Buffer.from([6, 0xdb, 0xff, 0xff, 0xff, 0xff]))
    const piece = Buffer.alloc(mib)
    const pushAll = () => {
      for (let i = 0; i < 41; i++) reader.push(piece)
    }
    expect(pushAll).toThrow('it has more than 41943040 bytes')
  })
})
