import { expect, test } from 'vitest'
import { assert } from '../../../src/kernel/assert.ts'
import { seededRandom } from '../../../src/testing/seeded-random.ts'
import { BesetMember } from '../transport/beset-member.fixture.ts'
import { gossipLayers } from '../transport/setup.ts'
import { decodePacket, noDrops } from '../wire/packet.ts'
import { gossipVectors, layersOf } from '../wire/vectors.fixture.ts'
import { decodeMessage, encodeMessage } from './wire.ts'

const internal = gossipVectors.filter(({ name }) => /^serf-(key-\w+|conflict)-query$/.test(name))

test.for(internal.map((vector) => [vector.name, vector] as const))(
  '%s whose time is over before it arrives is no trouble',
  ([, vector]) => {
    const [received] = decodePacket(Buffer.from(vector.bytes_hex, 'hex'), layersOf(vector), noDrops())
    assert(received?.type === 'user', 'the vector has a message of serf')
    const query = decodeMessage(received.payload)
    assert(query?.type === 'query', 'it is a query')
    const member = new BesetMember(seededRandom(1), gossipLayers())
    const payload = encodeMessage({ ...query, timeoutMs: -1 })
    expect(() => member.receive([{ type: 'user', payload }], 10)).not.toThrow()
  },
)
