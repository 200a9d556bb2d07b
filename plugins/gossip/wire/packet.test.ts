import { describe, expect, test } from 'vitest'
import type { SwimMessage } from '../core/messages.ts'
import { Keyring } from '../encryption/keyring.ts'
import { seal } from '../encryption/seal.ts'
import { gossipLayers } from '../transport/setup.ts'
import { addChecksum } from './checksum.ts'
import { encodeCompound } from './compound.ts'
import { compress } from './compress.ts'
import { type Layers, packetOverheadBytes } from './layers.ts'
import { encodeMessage } from './message.ts'
import { decodePacket, encodePacket, noDrops } from './packet.ts'

const plain = gossipLayers({ compress: false })
const key = (byte: number) => Buffer.alloc(32, byte)
const nack = (seqNo: number): SwimMessage => ({ type: 'nack', seqNo })
const nacks = (...seqNos: number[]) => seqNos.map(nack)
const bytes = (seqNo: number) => encodeMessage(nack(seqNo))

function read(packet: Buffer, layers: Layers = plain) {
  const drops = noDrops()
  const messages = decodePacket(packet, layers, drops)
  return { messages, drops: Object.fromEntries(Object.entries(drops).filter(([, count]) => count > 0)) }
}

describe('what a packet may look like', () => {
  test('compounds and compressions lie in one another as senders please', () => {
    const packet = encodeCompound([
      bytes(1),
      compress(encodeCompound([bytes(2), encodeCompound([bytes(3)])])),
      bytes(4),
    ])
    expect(read(packet)).toEqual({ messages: nacks(1, 2, 3, 4), drops: {} })
  })

  test('a packet is compressed only if it gets smaller, and read either way', () => {
    const text: SwimMessage = { type: 'user', payload: Buffer.alloc(200, 'again ') }
    const layers = gossipLayers()
    const [small, large] = [encodePacket([bytes(1)], false, layers), encodePacket([encodeMessage(text)], false, layers)]
    expect(small).toEqual(bytes(1))
    expect(large[0]).toBe(9)
    expect(large.length).toBeLessThan(100)
    expect(read(large)).toEqual({ messages: [text], drops: {} })
  })

  test('what was encrypted with an older key, or by an older peer, is read', () => {
    const keys = new Keyring([key(1), key(2)])
    const layers = gossipLayers({ keys })
    const older = gossipLayers({ keys: new Keyring([key(2)]) })
    expect(read(encodePacket([bytes(1)], true, older), layers).messages).toEqual(nacks(1))
    const version0 = seal(addChecksum(bytes(2)), key(1), Buffer.alloc(12), Buffer.alloc(0), 0)
    expect(read(version0, layers).messages).toEqual(nacks(2))
    keys.remove(key(2))
    expect(read(encodePacket([bytes(1)], true, older), layers)).toEqual({ messages: [], drops: { undecryptable: 1 } })
  })

  test('each packet has a nonce of its own', () => {
    const layers = gossipLayers({ keys: new Keyring([key(1)]) })
    const nonces = Array.from({ length: 1000 }, () => encodePacket([bytes(1)], false, layers).toString('hex', 1, 13))
    expect(new Set(nonces).size).toBe(1000)
  })

  test('the budget knows what label and encryption take', () => {
    const keys = new Keyring([key(1)])
    for (const [options, overheadBytes] of [
      [{}, 0],
      [{ label: 'blue' }, 6],
      [{ keys }, 29],
      [{ keys, label: 'blue' }, 35],
      [{ keys, verifyOutgoing: false }, 0],
    ] as const) {
      const layers = gossipLayers({ ...options, compress: false })
      expect(packetOverheadBytes(layers)).toBe(overheadBytes)
      expect(encodePacket([bytes(1)], false, layers)).toHaveLength(bytes(1).length + overheadBytes)
    }
  })
})

describe('what is dropped', () => {
  test('a packet without a byte', () => {
    expect(read(Buffer.alloc(0))).toEqual({ messages: [], drops: { empty: 1 } })
  })

  test('a packet whose checksum is another', () => {
    const packet = addChecksum(bytes(1))
    packet[7]! ^= 1
    expect(read(packet)).toEqual({ messages: [], drops: { wrongChecksum: 1 } })
    expect(read(Buffer.from([12, 1, 2, 3]))).toEqual({ messages: [], drops: { unknownType: 1 } })
  })

  test('checksum, label and encryption where they do not belong', () => {
    const layers = gossipLayers({ label: 'blue', keys: new Keyring([key(1)]) })
    const inner = [addChecksum(bytes(1)), encodePacket([bytes(2)], false, layers), Buffer.from([10, 0, 0, 0, 1, 1])]
    expect(read(encodeCompound([...inner, bytes(3)]))).toEqual({ messages: nacks(3), drops: { unknownType: 3 } })
    expect(read(compress(addChecksum(bytes(1))))).toEqual({ messages: [], drops: { unknownType: 1 } })
  })

  test('the parts of a compound that are cut off, and no others', () => {
    const packet = encodeCompound([bytes(1), bytes(2), bytes(3)])
    expect(read(packet.subarray(0, -1))).toEqual({ messages: nacks(1, 2), drops: { malformed: 1 } })
    expect(read(packet.subarray(0, 5))).toEqual({ messages: [], drops: { malformed: 1 } })
    expect(read(packet.subarray(0, 1))).toEqual({ messages: [], drops: { malformed: 1 } })
  })

  test('one message that cannot be read, while the others are', () => {
    const broken = Buffer.from([3, 0x81])
    const packet = encodeCompound([bytes(1), broken, Buffer.alloc(0), bytes(2)])
    expect(read(packet)).toEqual({ messages: nacks(1, 2), drops: { malformed: 2 } })
  })

  test('a compression that is none', () => {
    const packet = compress(bytes(1))
    const other = Buffer.from(packet)
    other[packet.indexOf('Algo') + 4] = 1
    expect(read(other)).toEqual({ messages: [], drops: { malformed: 1 } })
    expect(read(packet.subarray(0, -2))).toEqual({ messages: [], drops: { malformed: 1 } })
  })
})

describe('hostile packets cost little:', () => {
  test('what decompression may give is shared by all parts', () => {
    const bomb = compress(Buffer.concat([Buffer.from([8]), Buffer.alloc(100_000)]))
    expect(bomb.length).toBeLessThan(700)
    const { messages, drops } = read(encodeCompound(Array<Buffer>(20).fill(bomb)))
    expect(messages).toHaveLength(2)
    expect(drops).toEqual({ malformed: 8 })
  })

  test('wrappers are opened to a depth of eight', () => {
    let packet = bytes(1)
    for (let depth = 0; depth < 8; depth++) packet = encodeCompound([packet])
    expect(read(packet).messages).toEqual(nacks(1))
    expect(read(encodeCompound([packet]))).toEqual({ messages: [], drops: { malformed: 1 } })
  })

  test('after eight messages that cannot be read the rest is not tried', () => {
    const parts = [...Array<Buffer>(8).fill(Buffer.from([3, 0x81])), bytes(1)]
    expect(read(encodeCompound(parts))).toEqual({ messages: [], drops: { malformed: 8 } })
    expect(read(encodeCompound(parts.slice(1))).messages).toEqual(nacks(1))
  })
})
