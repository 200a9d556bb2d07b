import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { connect } from 'node:net'
import { expect, test } from 'vitest'
import { seededRandom } from '../../../src/testing/seeded-random.ts'
import { encodeMessage } from '../wire/message.ts'
import { fuzzedPools, hostilePacket, hostileStream } from '../wire/mutation.fixture.ts'
import { decodePacket, noDrops } from '../wire/packet.ts'
import { BesetMember } from './beset-member.fixture.ts'
import { Peer } from './loopback.fixture.ts'

/** Few enough that the system's buffer holds them all. */
const packetsAtOnce = 40
const streamsAtOnce = 20
const rounds = 10
const inputsPerMember = 1000

test.for([...fuzzedPools.keys()])(
  'a port of pool %i lives on under packets and streams that were tampered with',
  async (i) => {
    const layers = fuzzedPools[i]!
    const random = seededRandom(i)
    const peer = await Peer.listen('b', { layers })
    const friend = await Peer.listen('a', { layers })
    const { counters, port } = peer.transport
    const socket = createSocket('udp4')

    for (let round = 1; round <= rounds; round++) {
      for (let left = packetsAtOnce; left > 0; left--) socket.send(hostilePacket(random, layers), port, '127.0.0.1')
      await Promise.all(Array.from({ length: streamsAtOnce }, () => speak(port, hostileStream(random, layers))))
      while (counters.packetsIn < round * packetsAtOnce) await new Promise(setImmediate)
    }
    socket.close()
    expect(peer.faults).toEqual([])
    expect(counters.streamsIn).toBe(rounds * streamsAtOnce)
    expect(Object.values(counters.drops).reduce((sum, count) => sum + count)).toBeGreaterThan(rounds)

    const before = peer.messages.length
    friend.transport.sendPacket(peer.endpoint, [encodeMessage({ type: 'nack', seqNo: 1 })], { crc: true })
    await peer.until(() => peer.messages.length > before)
    const own = { join: true, nodes: [], userState: Buffer.alloc(0) }
    expect(await friend.transport.pushPull(peer.endpoint, () => own)).toMatchObject({ nodes: [{ name: 'b' }] })
    await Promise.all([peer.transport.close(), friend.transport.close()])
    expect(peer.clock.pending).toBe(0)
  },
)

test('a whole member lives on, whatever comes out of them', () => {
  const random = seededRandom(4)
  for (const layers of fuzzedPools) {
    const member = new BesetMember(random, layers)
    const drops = noDrops()
    for (let i = 0; i < inputsPerMember; i++) {
      const messages = decodePacket(hostilePacket(random, layers), layers, drops)
      expect(() => member.receive(messages, random.below(50))).not.toThrow()
    }
  }
})

/** Says something, hangs up, and waits for the other side to do so, too. */
async function speak(port: number, words: Buffer): Promise<void> {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => socket.destroy())
  socket.resume()
  socket.end(words)
  await once(socket, 'close')
}
