import { describe, expect, test } from 'vitest'
import { assert } from '../../../src/kernel/assert.ts'
import type { Source, SwimMessage } from '../core/messages.ts'
import { seal } from '../encryption/seal.ts'
import { addChecksum } from './checksum.ts'
import { encodeCompound } from './compound.ts'
import { labelBytes } from './label.ts'
import { encodeMessage, versionsOf } from './message.ts'
import { decodePacket, encodePacket, noDrops } from './packet.ts'
import { type GossipVector, gossipVectors, layersOf } from './vectors.fixture.ts'

const packets = gossipVectors.filter(({ transport }) => transport === 'udp')
const emitted = packets.filter(({ direction }) => direction === 'agent->peer')
const given = packets.filter(({ direction }) => direction === 'peer->agent')

function decode(vector: GossipVector) {
  const drops = noDrops()
  const messages = decodePacket(Buffer.from(vector.bytes_hex, 'hex'), layersOf(vector), drops)
  return { messages, drops }
}

function reencode(vector: GossipVector): Buffer {
  const parts = decode(vector).messages.map(encodeMessage)
  const layers = layersOf(vector)
  const has = (layer: string) => vector.decoded.layers.find(({ type }: { type: string }) => type === layer)
  if (has('encryption')?.version === 0) {
    const plain = parts.length === 1 ? parts[0]! : encodeCompound(parts)
    const inner = has('crc') ? addChecksum(plain) : plain
    return seal(inner, layers.keys.primary!, layers.nonce(), labelBytes(layers.label), 0)
  }
  return encodePacket(parts, has('crc') !== undefined, layers)
}

describe('packets of real agents', () => {
  test.for(emitted.map((vector) => [vector.name, vector] as const))('%s is understood', ([, vector]) => {
    const { messages, drops } = decode(vector)
    expect(messages).toEqual(vector.decoded.messages.map(expectedMessage))
    expect(drops).toEqual(noDrops())
  })

  test.for(emitted.map((vector) => [vector.name, vector] as const))('%s is sent byte for byte', ([, vector]) => {
    expect(reencode(vector).toString('hex')).toBe(vector.bytes_hex)
  })
})

/** Peers on the newer msgpack library take it, and we must not lose their messages. */
const takenByNewerPeers = new Set(['reject-alive-bin-name'])

describe('packets that real agents were given', () => {
  test.for(given.map((vector) => [vector.name, vector] as const))('%s', ([name, vector]) => {
    const { messages, drops } = decode(vector)
    if (vector.accepted || takenByNewerPeers.has(name)) {
      expect(messages).toEqual(vector.decoded.messages.map(expectedMessage))
      expect(drops).toEqual(noDrops())
      // We send it on in the form that everybody understands, and it means the same.
      const again = decodePacket(reencode(vector), layersOf(vector), noDrops())
      expect(again).toEqual(messages)
    } else {
      expect(messages).toEqual([])
      expect(drops).toEqual({ ...noDrops(), malformed: 1 })
    }
  })
})

interface Recorded {
  readonly name: string
  // biome-ignore lint/suspicious/noExplicitAny: its shape depends on the message
  readonly fields: any
  readonly positional?: readonly unknown[]
  readonly message_hex?: string
}

const aliveFields = ['Incarnation', 'Node', 'Addr', 'Port', 'Meta', 'Vsn']

/** A recorded message in our own words. */
function expectedMessage(recorded: Recorded): SwimMessage {
  const fields = recorded.positional
    ? Object.fromEntries(aliveFields.map((name, i) => [name, recorded.positional![i]]))
    : recorded.fields
  switch (recorded.name) {
    case 'ping':
      return { type: 'ping', seqNo: fields.SeqNo, node: fields.Node, source: expectedSource(fields) }
    case 'indirectPing': {
      const target = { address: ip4(fields.Target), port: fields.Port }
      const source = expectedSource(fields)
      return { type: 'indirectPing', seqNo: fields.SeqNo, node: fields.Node, target, nack: fields.Nack, source }
    }
    case 'ackResp':
      return { type: 'ack', seqNo: fields.SeqNo, payload: bytes(fields.Payload) }
    case 'nackResp':
      return { type: 'nack', seqNo: fields.SeqNo }
    case 'suspect':
    case 'dead':
      return { type: recorded.name, incarnation: fields.Incarnation, node: fields.Node, from: fields.From }
    case 'alive': {
      const { Incarnation: incarnation, Node: node, Port: port } = fields
      const vsn = versionsOf(bytes(fields.Vsn))
      return { type: 'alive', incarnation, node, address: ip4(fields.Addr), port, meta: bytes(fields.Meta), vsn }
    }
    default: {
      assert(recorded.name === 'user', `${recorded.name} in a packet`)
      const payload = recorded.message_hex?.slice(2)
      return { type: 'user', payload: payload === undefined ? expect.any(Buffer) : Buffer.from(payload, 'hex') }
    }
  }
}

function expectedSource(fields: Record<string, never>): Source | undefined {
  return fields.SourceAddr && { address: ip4(fields.SourceAddr), port: fields.SourcePort!, node: fields.SourceNode! }
}

function bytes(recorded: { hex: string } | readonly number[] | null): Buffer {
  if (recorded === null) return Buffer.alloc(0)
  return 'hex' in recorded ? Buffer.from(recorded.hex, 'hex') : Buffer.from(recorded)
}

function ip4(recorded: { hex: string }): string {
  return [...Buffer.from(recorded.hex, 'hex')].join('.')
}
