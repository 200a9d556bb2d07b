import type { Random } from '../../../src/kernel/random.ts'
import { Keyring } from '../encryption/keyring.ts'
import { gossipLayers } from '../transport/setup.ts'
import { addChecksum } from './checksum.ts'
import { encodeCompound } from './compound.ts'
import { compress } from './compress.ts'
import type { Layers } from './layers.ts'
import { encodeMessage } from './message.ts'
import { decodePacket, encodePacket, noDrops } from './packet.ts'
import { encodeUnit } from './stream-unit.ts'
import { gossipVectors, layersOf } from './vectors.fixture.ts'

const keys = new Keyring([Buffer.alloc(32, 1), Buffer.alloc(16, 2)])

/** Pools that mutated input is sent to: each has another set of layers. */
export const fuzzedPools: readonly Layers[] = [
  gossipLayers({ compress: false }),
  gossipLayers(),
  gossipLayers({ keys }),
  gossipLayers({ keys, verifyIncoming: false }),
  gossipLayers({ label: 'blue', keys }),
]

const udp = gossipVectors.filter(({ transport }) => transport === 'udp')
const tcp = gossipVectors.filter(({ transport }) => transport === 'tcp')

/** Every message of the recorded packets, with its type byte. */
const messages: readonly Buffer[] = udp.flatMap((vector) =>
  decodePacket(Buffer.from(vector.bytes_hex, 'hex'), layersOf(vector), noDrops()).map(encodeMessage),
)

/** What stands inside the layers of the recorded streams. */
const bodies: readonly Buffer[] = tcp.map(({ bytes_hex, decoded }) =>
  Buffer.from(decoded.plain_hex ?? bytes_hex, 'hex'),
)

const wholePackets = udp.map(({ bytes_hex }) => Buffer.from(bytes_hex, 'hex'))
const wholeStreams = tcp.map(({ bytes_hex }) => Buffer.from(bytes_hex, 'hex'))

/**
 * A packet somebody might send to break a member of this pool: a recorded one with its bytes changed, or, so that changes
 * get behind checksum and encryption, changed messages in layers that are sound.
 */
export function hostilePacket(random: Random, pool: Layers): Buffer {
  if (random.below(bombOdds) === 0) return encodePacket([bomb(random)], false, pool)
  const kind = random.below(10)
  if (kind === 0) return mutated(random, oneOf(random, wholePackets))
  const parts = Array.from({ length: 1 + random.below(4) }, () => maybeMutated(random, oneOf(random, messages)))
  if (kind === 1) return mutated(random, encodePacket(parts, random.below(2) === 0, pool))
  const inner = parts.length === 1 ? parts[0]! : maybeMutated(random, encodeCompound(parts))
  const wrapped = nested(random, inner)
  return encodePacket([wrapped], random.below(2) === 0, pool)
}

/** The same for the first, or only, words of a stream. */
export function hostileStream(random: Random, pool: Layers): Buffer {
  if (random.below(bombOdds) === 0) return Buffer.concat([pool.label, encodeUnit(bomb(random), pool)])
  const kind = random.below(10)
  if (kind === 0) return mutated(random, oneOf(random, wholeStreams))
  const body = maybeMutated(random, oneOf(random, bodies))
  const unit = encodeUnit(random.below(3) === 0 ? nested(random, body) : body, pool)
  return Buffer.concat([pool.label, kind === 1 ? mutated(random, unit) : unit])
}

const bombOdds = 500

/** Few bytes that become many: up to a megabyte of what may be one value, or as many values as there are bytes. */
function bomb(random: Random): Buffer {
  const charge = Buffer.alloc(2 ** random.below(21), oneOf(random, telling))
  const fuse = mutated(random, oneOf(random, random.below(2) === 0 ? messages : bodies))
  return compress(Buffer.concat([fuse, charge]))
}

/** Wrappers around wrappers, as nobody sends them. */
function nested(random: Random, inner: Buffer): Buffer {
  let bytes = inner
  for (let left = random.below(4); left > 0; left--) {
    const wrapper = random.below(4)
    if (wrapper === 0) bytes = compress(bytes)
    else if (wrapper === 1) bytes = addChecksum(bytes)
    else if (wrapper === 2 && bytes.length < 0xffff) bytes = encodeCompound([bytes, oneOf(random, messages)])
    else bytes = mutated(random, bytes)
  }
  return bytes
}

function maybeMutated(random: Random, bytes: Buffer): Buffer {
  return random.below(4) === 0 ? bytes : mutated(random, bytes)
}

/** Bytes that mean something: ends of ranges, and first bytes of every kind of msgpack value and message. */
const telling = [0x00, 0x01, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc1, 0xc4, 0xc6, 0xc7, 0xca, 0xcb, 0xcf]
  .concat([0xd3, 0xd4, 0xd9, 0xda, 0xdb, 0xdc, 0xdd, 0xde, 0xdf, 0xe0, 0xf4, 0xff, 6, 7, 8, 9, 10, 12, 13])
  .map((byte) => byte & 0xff)

/** The bytes with one to four changes. */
function mutated(random: Random, original: Buffer): Buffer {
  let bytes: Buffer = Buffer.from(original)
  for (let left = 1 + random.below(4); left > 0; left--) bytes = change(random, bytes)
  return bytes
}

function change(random: Random, bytes: Buffer): Buffer {
  const at = random.below(bytes.length + 1)
  const length = random.below(Math.min(40, bytes.length - at) + 1)
  switch (random.below(8)) {
    case 0:
      if (at < bytes.length) bytes[at]! ^= 1 << random.below(8)
      return bytes
    case 1:
      if (at < bytes.length) bytes[at] = oneOf(random, telling)
      return bytes
    case 2:
      return bytes.subarray(0, at)
    case 3:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + length)])
    case 4:
      return Buffer.concat([bytes.subarray(0, at + length), bytes.subarray(at)])
    case 5:
      return Buffer.concat([bytes.subarray(0, at), noise(random), bytes.subarray(at)])
    case 6: {
      // The length of something, all at once much larger.
      const wide = Buffer.from([oneOf(random, [0xdb, 0xdd, 0xdf, 0xc6, 0xce]), random.below(256), 0xff, 0xff, 0xff])
      return Buffer.concat([bytes.subarray(0, at), wide, bytes.subarray(Math.min(bytes.length, at + 1))])
    }
    default: {
      const other = oneOf(random, messages)
      return Buffer.concat([bytes.subarray(0, at), other.subarray(random.below(other.length))])
    }
  }
}

function noise(random: Random): Buffer {
  return Buffer.from(Array.from({ length: 1 + random.below(8) }, () => random.below(256)))
}

function oneOf<T>(random: Random, choices: readonly T[]): T {
  return choices[random.below(choices.length)]!
}
