import { describe, expect, test } from 'vitest'
import type { SwimConfig } from './config.ts'
import type { SwimMessage } from './messages.ts'
import { aliveOf, endpointOf, Rehearsal, type SentPacket } from './rehearsal.ts'
import { consulVersions } from './versions.ts'

const nothing = Buffer.alloc(0)

/** A rehearsal in the moment after the first ping left, and that ping. */
function pinging({ config = {}, members = 'b' }: { config?: Partial<SwimConfig>; members?: string } = {}) {
  const rehearsal = new Rehearsal({ config, members })
  const { ping, packet } = nextPing(rehearsal)
  return { rehearsal, ping, packet, target: ping.node }
}

function nextPing(rehearsal: Rehearsal) {
  for (;;) {
    rehearsal.advanceTo(rehearsal.swim.nextTickAt())
    for (const packet of rehearsal.packets()) {
      const [ping] = of(packet, 'ping')
      if (ping) return { ping, packet }
    }
  }
}

function of<T extends SwimMessage['type']>({ messages }: SentPacket, type: T) {
  return messages.filter((message): message is Extract<SwimMessage, { type: T }> => message.type === type)
}

const sent = <T extends SwimMessage['type']>(rehearsal: Rehearsal, type: T) =>
  rehearsal.packets().flatMap((packet) => of(packet, type).map((message) => ({ to: packet.to, ...message })))

describe('a probe', () => {
  test('pings one member by name, says where the answer goes and takes news along', () => {
    const { packet, ping } = pinging()
    expect(ping).toMatchObject({ node: 'b', source: { ...endpointOf('a'), node: 'a' } })
    expect(packet).toMatchObject({ to: 'b', crc: false })
    expect(of(packet, 'alive')).not.toEqual([])
  })

  test('that is answered in time tells the delegate the round trip', () => {
    const { rehearsal, ping } = pinging()
    rehearsal.now += 7
    rehearsal.hear({ type: 'ack', seqNo: ping.seqNo, payload: Buffer.from('there') })
    expect(rehearsal.delegate.events).toEqual(['pinged b 7 ms there'])
    rehearsal.advanceTo(rehearsal.now + 900)
    expect(rehearsal.believes('b')).toBe('alive 1')
  })

  test('takes an answer once', () => {
    const { rehearsal, ping } = pinging()
    for (const _ of [1, 2]) rehearsal.hear({ type: 'ack', seqNo: ping.seqNo, payload: nothing })
    expect(rehearsal.delegate.events).toHaveLength(1)
  })

  test('that is not answered asks up to three living others and TCP', () => {
    const { rehearsal, ping, target } = pinging({ members: 'bcdefg' })
    rehearsal.advanceTo(rehearsal.now + 499)
    expect(sent(rehearsal, 'indirectPing')).toEqual([])
    rehearsal.advanceTo(rehearsal.now + 1)
    const asked = sent(rehearsal, 'indirectPing')
    expect(asked).toHaveLength(3)
    expect(new Set(asked.map(({ to }) => to)).size).toBe(3)
    for (const request of asked) {
      expect([target, 'a']).not.toContain(request.to)
      expect(request).toMatchObject({ node: target, target: endpointOf(target), seqNo: ping.seqNo, nack: true })
      expect(request.source).toEqual({ ...endpointOf('a'), node: 'a' })
    }
    const tcp = { kind: 'tcpPing', node: target, to: endpointOf(target), seqNo: ping.seqNo }
    expect(rehearsal.effects()).toContainEqual({ ...tcp, deadlineAtMs: rehearsal.now + 500 })
  })

  test('asks no suspects, and of old members neither nacks nor TCP', () => {
    const rehearsal = new Rehearsal()
    const vsn = { ...consulVersions, pMax: 2 }
    for (const name of 'bc') rehearsal.hear(aliveOf(name, 1, { vsn }))
    rehearsal.hear(aliveOf('d', 1))
    rehearsal.hear({ type: 'suspect', node: 'd', incarnation: 1, from: 'z' })
    let { ping } = nextPing(rehearsal)
    while (ping.node === 'd') {
      rehearsal.hear({ type: 'ack', seqNo: ping.seqNo, payload: nothing })
      ping = nextPing(rehearsal).ping
    }
    rehearsal.effects()
    rehearsal.advanceTo(rehearsal.now + 500)
    const helper = ping.node === 'b' ? 'c' : 'b'
    expect(sent(rehearsal, 'indirectPing')).toMatchObject([{ to: helper, nack: false }])
    expect(rehearsal.effects().map(({ kind }) => kind)).not.toContain('tcpPing')
  })

  test('does not use TCP where it is switched off', () => {
    const { rehearsal } = pinging({ config: { tcpPings: false } })
    rehearsal.advanceTo(rehearsal.now + 900)
    expect(rehearsal.effects().map(({ kind }) => kind)).not.toContain('tcpPing')
  })

  test('is saved by a late or relayed answer, which tells no round trip', () => {
    const { rehearsal, ping, target } = pinging({ members: 'bcd' })
    rehearsal.advanceTo(rehearsal.now + 700)
    rehearsal.hear({ type: 'ack', seqNo: ping.seqNo, payload: nothing })
    rehearsal.advanceTo(rehearsal.now + 299)
    expect(rehearsal.believes(target)).toBe('alive 1')
    expect(rehearsal.delegate.events).toEqual([])
  })

  test('is saved by TCP, with a warning about UDP', () => {
    const { rehearsal, ping } = pinging()
    rehearsal.advanceTo(rehearsal.now + 600)
    rehearsal.swim.tcpPong(ping.seqNo, rehearsal.now)
    rehearsal.advanceTo(rehearsal.now + 400)
    expect(rehearsal.believes('b')).toBe('alive 1')
    expect(rehearsal.swim.healthScore).toBe(0)
    expect(rehearsal.effects()).toContainEqual(expect.objectContaining({ kind: 'log', level: 'warn' }))
  })

  test('without any answer makes a suspect after one interval, accused by this member', () => {
    const { rehearsal } = pinging()
    rehearsal.advanceTo(rehearsal.now + 999)
    expect(rehearsal.believes('b')).toBe('alive 1')
    rehearsal.advanceTo(rehearsal.now + 1)
    expect(rehearsal.believes('b')).toBe('suspect 1')
    expect(rehearsal.news()).toContain('suspect b 1 from a')
  })

  test('accuses the incarnation it pinged: who protested meanwhile stays alive', () => {
    const { rehearsal } = pinging()
    rehearsal.hear(aliveOf('b', 2))
    rehearsal.advanceTo(rehearsal.now + 1000)
    expect(rehearsal.believes('b')).toBe('alive 2')
  })

  test('of a suspect tells it of the accusation, with a checksum and without other news', () => {
    const rehearsal = new Rehearsal({ members: 'b' })
    rehearsal.hear({ type: 'suspect', node: 'b', incarnation: 4, from: 'z' })
    const { packet } = nextPing(rehearsal)
    expect(packet.crc).toBe(true)
    expect(packet.messages).toMatchObject([
      { type: 'ping', node: 'b' },
      { type: 'suspect', node: 'b', incarnation: 4, from: 'a' },
    ])
  })
})

describe('the order of probes', () => {
  const probed = (rehearsal: Rehearsal, count: number) =>
    Array.from({ length: count }, () => {
      const { ping } = nextPing(rehearsal)
      rehearsal.hear({ type: 'ack', seqNo: ping.seqNo, payload: nothing })
      return ping.node
    })

  test('takes everybody in turn and is shuffled after each round', () => {
    const rehearsal = new Rehearsal({ members: 'bcdefg' })
    const rounds = Array.from({ length: 4 }, () => probed(rehearsal, 6))
    for (const round of rounds) expect([...round].sort().join('')).toBe('bcdefg')
    expect(new Set(rounds.map(String)).size).toBeGreaterThan(1)
  })

  test('probes once per interval', () => {
    const rehearsal = new Rehearsal({ members: 'bcd' })
    nextPing(rehearsal)
    const first = rehearsal.now
    rehearsal.hear({ type: 'ack', seqNo: 1, payload: nothing })
    nextPing(rehearsal)
    expect(rehearsal.now - first).toBe(1000)
  })

  test('leaves out the dead and the left', () => {
    const rehearsal = new Rehearsal({ members: 'bcd' })
    rehearsal.hear({ type: 'dead', node: 'b', incarnation: 1, from: 'z' })
    rehearsal.hear({ type: 'dead', node: 'c', incarnation: 1, from: 'c' })
    expect(new Set(probed(rehearsal, 5))).toEqual(new Set(['d']))
  })

  test('forgets, at the end of a round, who has been dead for longer than the dead are spoken to', () => {
    const rehearsal = new Rehearsal({ members: 'bcd' })
    rehearsal.hear({ type: 'dead', node: 'b', incarnation: 1, from: 'z' })
    probed(rehearsal, 28)
    expect(rehearsal.believes('b')).toBe('dead 1')
    probed(rehearsal, 5)
    expect(rehearsal.believes('b')).toBe('unknown')
    expect(rehearsal.swim.size).toBe(3)
  })
})

describe('the health of a member', () => {
  test('gets worse by the nacks that were promised and did not come', () => {
    const { rehearsal, ping } = pinging({ members: 'bcde' })
    rehearsal.advanceTo(rehearsal.now + 500)
    rehearsal.hear({ type: 'nack', seqNo: ping.seqNo })
    rehearsal.advanceTo(rehearsal.now + 500)
    expect(rehearsal.swim.healthScore).toBe(2)
  })

  test('stays good when all helpers kept their word', () => {
    const { rehearsal, ping } = pinging({ members: 'bcde' })
    rehearsal.advanceTo(rehearsal.now + 500)
    for (const _ of [1, 2, 3]) rehearsal.hear({ type: 'nack', seqNo: ping.seqNo })
    rehearsal.advanceTo(rehearsal.now + 500)
    expect(rehearsal.swim.healthScore).toBe(0)
  })

  test('gets worse by one when there was nobody to ask', () => {
    const { rehearsal } = pinging()
    rehearsal.advanceTo(rehearsal.now + 1000)
    expect(rehearsal.swim.healthScore).toBe(1)
  })

  test('stretches the time for answers, and the ticks in between are skipped', () => {
    const { rehearsal, target } = pinging({ members: 'bcde' })
    rehearsal.advanceTo(rehearsal.now + 1000)
    expect(rehearsal.swim.healthScore).toBe(3)
    const ping = sent(rehearsal, 'ping')[0]!
    const startedAt = rehearsal.now
    expect(ping.node).not.toBe(target)
    rehearsal.advanceTo(startedAt + 3999)
    expect(rehearsal.believes(ping.node)).toBe('alive 1')
    expect(sent(rehearsal, 'ping')).toEqual([])
    rehearsal.advanceTo(startedAt + 4000)
    expect(rehearsal.believes(ping.node)).toBe('suspect 1')
  })

  test('gets better with each answered probe', () => {
    const { rehearsal } = pinging({ members: 'bcde' })
    rehearsal.advanceTo(rehearsal.now + 1000)
    const ping = sent(rehearsal, 'ping')[0]!
    rehearsal.hear({ type: 'ack', seqNo: ping.seqNo, payload: nothing })
    expect(rehearsal.swim.healthScore).toBe(2)
  })
})
