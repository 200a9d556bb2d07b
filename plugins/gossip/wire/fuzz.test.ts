import { expect, test } from 'vitest'
import { seededRandom } from '../../../src/testing/seeded-random.ts'
import { GossipStreamError } from './errors.ts'
import { encodeMessage } from './message.ts'
import { fuzzedPools, hostilePacket, hostileStream } from './mutation.fixture.ts'
import { decodePacket, noDrops } from './packet.ts'
import { StreamReader } from './stream-reader.ts'

const packets = 6000
const streams = 3000

test(`${packets} packets that were tampered with are read or dropped, and counted`, () => {
  const random = seededRandom(8301)
  const drops = noDrops()
  let read = 0
  for (let i = 0; i < packets; i++) {
    const pool = fuzzedPools[random.below(fuzzedPools.length)]!
    for (const message of decodePacket(hostilePacket(random, pool), pool, drops)) {
      read++
      // Whatever was understood can be passed on.
      encodeMessage(message)
    }
  }
  expect(read).toBeGreaterThan(packets / 4)
  // The changes reach every layer.
  for (const [reason, count] of Object.entries(drops)) if (reason !== 'empty') expect(count, reason).toBeGreaterThan(20)
})

test(`${streams} streams that were tampered with are read or refused, in pieces of any size`, () => {
  const random = seededRandom(8302)
  const ends = { read: 0, refused: 0, unfinished: 0 }
  for (let i = 0; i < streams; i++) {
    const pool = fuzzedPools[random.below(fuzzedPools.length)]!
    const reader = new StreamReader(pool, true)
    const bytes = hostileStream(random, pool)
    ends[readInPieces(reader, bytes, () => 1 + random.below(bytes.length))]++
  }
  expect(ends.read).toBeGreaterThan(streams / 20)
  expect(ends.refused).toBeGreaterThan(streams / 4)
  expect(ends.unfinished).toBeGreaterThan(streams / 20)
})

function readInPieces(reader: StreamReader, bytes: Buffer, size: () => number): 'read' | 'refused' | 'unfinished' {
  try {
    for (let at = 0; at < bytes.length; ) {
      const end = at + size()
      if (reader.push(bytes.subarray(at, end)) !== undefined) return 'read'
      at = end
    }
    return 'unfinished'
  } catch (error) {
    expect(error).toBeInstanceOf(GossipStreamError)
    return 'refused'
  }
}
