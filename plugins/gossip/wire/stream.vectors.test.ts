import { describe, expect, test } from 'vitest'
import { type PushPullNode, swimStates } from '../core/messages.ts'
import { seal, sealedBytes } from '../encryption/seal.ts'
import { encodeMessage, versionsOf } from './message.ts'
import { encodePushPull } from './push-pull.ts'
import { encodeErrorBody, encodeUserBody, type StreamBody } from './stream-body.ts'
import { StreamReader } from './stream-reader.ts'
import { boundBytes, encodeUnit } from './stream-unit.ts'
import { type GossipVector, gossipVectors, layersOf } from './vectors.fixture.ts'

const streams = gossipVectors
  .filter(({ transport }) => transport === 'tcp')
  .map((vector) => [vector.name, vector] as const)

/** Answers carry no label header, also in a pool with a label. */
const labelled = ({ decoded }: GossipVector) => decoded.layers[0]?.type === 'label'

/** Reads a stream that arrives in pieces of this size. */
function read(vector: GossipVector, pieceBytes: number): StreamBody | undefined {
  const reader = new StreamReader(layersOf(vector), labelled(vector))
  const bytes = Buffer.from(vector.bytes_hex, 'hex')
  for (let at = 0; at < bytes.length; at += pieceBytes) {
    const said = reader.push(bytes.subarray(at, at + pieceBytes))
    if (said !== undefined) {
      expect(at + pieceBytes, 'nothing may be left over').toBeGreaterThanOrEqual(bytes.length)
      return said
    }
  }
  return undefined
}

test.for(streams)('%s is understood, in one piece and byte by byte', ([, vector]) => {
  expect(read(vector, 1 << 20)).toEqual(expectedBody(vector))
  expect(read(vector, 1)).toEqual(expectedBody(vector))
})

/** The newer msgpack library sends lengths as signed integers, which only it does. */
const signed = /^new-/

describe('what is sent again has the same bytes', () => {
  test.for(streams.filter(([name]) => !signed.test(name)))('%s', ([, vector]) => {
    expect(written(vector, encodeBody(expectedBody(vector))).toString('hex')).toBe(vector.bytes_hex)
  })
})

describe('what newer peers send is sent again with the same meaning', () => {
  test.for(streams.filter(([name]) => signed.test(name)))('%s', ([, vector]) => {
    const bytes_hex = written(vector, encodeBody(expectedBody(vector))).toString('hex')
    expect(read({ ...vector, bytes_hex }, 1 << 20)).toEqual(expectedBody(vector))
  })
})

function written(vector: GossipVector, body: Buffer): Buffer {
  const layers = layersOf(vector)
  const encryption = vector.decoded.layers.find(({ type }: { type: string }) => type === 'encryption')
  let unit = encodeUnit(body, layers)
  if (encryption?.version === 0) {
    const header = Buffer.from([10, 0, 0, 0, 0])
    header.writeUInt32BE(sealedBytes(body.length, 0), 1)
    const sealed = seal(body, layers.keys.primary!, layers.nonce(), boundBytes(header, layers), 0)
    unit = Buffer.concat([header, sealed])
  }
  return labelled(vector) ? Buffer.concat([layers.label, unit]) : unit
}

function encodeBody(body: StreamBody): Buffer {
  switch (body.type) {
    case 'pushPull':
      return encodePushPull(body.pushPull)
    case 'user':
      return encodeUserBody(body.payload)
    case 'error':
      return encodeErrorBody(body.reason)
    default:
      return encodeMessage(body)
  }
}

function expectedBody({ decoded, bytes_hex }: GossipVector): StreamBody {
  const { fields } = decoded
  switch (decoded.name) {
    case 'pushPull': {
      const { Join, UserStateLen } = decoded.header
      const plain = Buffer.from(decoded.plain_hex ?? bytes_hex, 'hex')
      const userState = plain.subarray(plain.length - UserStateLen)
      const pushPull = { join: Join, nodes: decoded.nodes.map(expectedNode), userState: Buffer.from(userState) }
      return { type: 'pushPull', pushPull, droppedNodes: 0 }
    }
    case 'user':
      return { type: 'user', payload: Buffer.from(decoded.payload_hex, 'hex') }
    case 'ping': {
      const address = [...Buffer.from(fields.SourceAddr.hex, 'hex')].join('.')
      const source = { address, port: fields.SourcePort, node: fields.SourceNode }
      return { type: 'ping', seqNo: fields.SeqNo, node: fields.Node, source }
    }
    case 'ackResp':
      return { type: 'ack', seqNo: fields.SeqNo, payload: Buffer.alloc(0) }
    default:
      return { type: 'error', reason: fields.Error }
  }
}

// biome-ignore lint/suspicious/noExplicitAny: as the vectors write it
function expectedNode({ Name, Addr, Port, Meta, Vsn, Incarnation, State }: any): PushPullNode {
  return {
    name: Name,
    address: [...Buffer.from(Addr.hex, 'hex')].join('.'),
    port: Port,
    meta: Buffer.from(Meta?.hex ?? '', 'hex'),
    vsn: versionsOf(Buffer.from(Vsn.hex, 'hex')),
    incarnation: Incarnation,
    state: swimStates[State]!,
  }
}
