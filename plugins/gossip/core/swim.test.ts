import { describe, expect, test } from 'vitest'
import { aliveOf, Rehearsal } from './rehearsal.ts'

const probeNever = { probeIntervalMs: 1e9, pushPullIntervalMs: 0 }

describe('gossip', () => {
  test('tells news to three members per beat, each packet with a checksum', () => {
    const rehearsal = new Rehearsal({ config: probeNever, members: 'bcdefghi' })
    rehearsal.advanceTo(199)
    const packets = rehearsal.packets()
    expect(packets).toHaveLength(3)
    expect(new Set(packets.map(({ to }) => to)).size).toBe(3)
    expect(packets.every(({ crc }) => crc)).toBe(true)
    expect(packets.map(({ to }) => to)).not.toContain('a')
  })

  test('leaves the checksum out for those who do not know it', () => {
    const rehearsal = new Rehearsal({ config: probeNever })
    rehearsal.hear(aliveOf('b', 1, { vsn: { pMin: 1, pMax: 4, pCur: 2, dMin: 2, dMax: 5, dCur: 4 } }))
    rehearsal.advanceTo(199)
    expect(rehearsal.packets()).toMatchObject([{ to: 'b', crc: false }])
  })

  test('ends when all news was sent often enough, and nobody is woken for it any more', () => {
    const rehearsal = new Rehearsal({ config: probeNever, members: 'bcdefghi' })
    rehearsal.advanceTo(5000)
    const copies = rehearsal
      .packets()
      .flatMap(({ messages }) => messages.filter((one) => one.type === 'alive' && one.node === 'b'))
    expect(copies).toHaveLength(4)
    expect(rehearsal.swim.nextTickAt()).toBeGreaterThan(1e6)
  })

  test('keeps its rhythm over a silence: news waits for the next beat', () => {
    const rehearsal = new Rehearsal({ config: probeNever, members: 'bcd' })
    const phase = firstBeat(new Rehearsal({ config: probeNever, members: 'bcd' }))
    rehearsal.advanceTo(10_010)
    rehearsal.effects()
    rehearsal.hear(aliveOf('e'))
    const beat = firstBeat(rehearsal)
    expect((beat - phase) % 200).toBeCloseTo(0)
    expect(beat).toBeGreaterThan(10_010)
    expect(beat).toBeLessThanOrEqual(10_210)
  })

  test('reaches the suspect and the recently dead, but neither the long dead nor the left', () => {
    const rehearsal = new Rehearsal({ config: probeNever, members: 'bcdef' })
    rehearsal.hear({ type: 'dead', node: 'e', incarnation: 1, from: 'z' })
    rehearsal.now = 20_000
    rehearsal.hear({ type: 'suspect', node: 'b', incarnation: 1, from: 'z' })
    rehearsal.hear({ type: 'dead', node: 'c', incarnation: 1, from: 'z' })
    rehearsal.hear({ type: 'dead', node: 'd', incarnation: 1, from: 'd' })
    rehearsal.now = 30_001
    const told = new Set<string>()
    for (let round = 0; round < 20; round += 1) {
      rehearsal.hear(aliveOf('f', round + 2))
      rehearsal.advanceTo(rehearsal.now + 200)
      for (const { to } of rehearsal.packets()) told.add(to)
    }
    expect([...told].sort()).toEqual(['b', 'c', 'f'])
  })

  test('packs the news of members first and the messages of the layer above behind it', () => {
    const rehearsal = new Rehearsal({ config: probeNever, members: 'b' })
    rehearsal.delegate.outgoing.push(Buffer.from('event'))
    rehearsal.advanceTo(200)
    const [{ messages }] = rehearsal.packets() as [ReturnType<Rehearsal['packets']>[number]]
    expect(messages.map(({ type }) => type)).toEqual(['alive', 'alive', 'user'])
    expect(messages.at(-1)).toEqual({ type: 'user', payload: Buffer.from('event') })
  })

  test('carries messages of the layer above when there is no other news', () => {
    const rehearsal = new Rehearsal({ config: probeNever, members: 'b' })
    rehearsal.advanceTo(10_000)
    rehearsal.packets()
    rehearsal.delegate.outgoing.push(Buffer.from('event'))
    rehearsal.advanceTo(10_400)
    expect(rehearsal.packets()).toMatchObject([{ messages: [{ type: 'user' }] }])
  })
})

describe('a packet', () => {
  test.for([0, 45])('holds at most its budget, what encryption adds (%i bytes) included', (overheadBytes) => {
    const rehearsal = new Rehearsal({ config: probeNever, members: 'bcdefghijklm' })
    rehearsal.swim.setPacketOverhead(overheadBytes)
    rehearsal.hear({ type: 'ping', seqNo: 1, node: 'a' })
    for (let count = 0; count < 50; count += 1) rehearsal.delegate.outgoing.push(Buffer.alloc(60, 'x'))
    rehearsal.advanceTo(2000)
    const sizes = rehearsal
      .effects()
      .flatMap((effect) =>
        effect.kind === 'packet' ? [effect.parts.reduce((sum, part) => sum + part.length + 2, 2)] : [],
      )
    expect(Math.max(...sizes)).toBeLessThanOrEqual(1400 - overheadBytes)
    expect(Math.max(...sizes)).toBeGreaterThan(1300 - overheadBytes)
  })
})

describe('messages of the layer above', () => {
  test('are handed to it', () => {
    const rehearsal = new Rehearsal()
    rehearsal.hear({ type: 'user', payload: Buffer.from('event') })
    expect(rehearsal.delegate.events).toEqual(['user event'])
  })
})

test('the same seed gives the same run', () => {
  const run = (seed: number) => {
    const rehearsal = new Rehearsal({ members: 'bcdefg', seed })
    rehearsal.advanceTo(20_000)
    return JSON.stringify(rehearsal.effects())
  }
  expect(run(1)).toBe(run(1))
  expect(run(1)).not.toBe(run(2))
})

test('living members are counted as they come and go', () => {
  const rehearsal = new Rehearsal({ members: 'bcd' })
  expect(rehearsal.swim.livingCount).toBe(4)
  rehearsal.hear({ type: 'suspect', node: 'b', incarnation: 1, from: 'z' })
  expect(rehearsal.swim.livingCount).toBe(4)
  rehearsal.hear({ type: 'dead', node: 'b', incarnation: 1, from: 'z' })
  expect(rehearsal.swim.livingCount).toBe(3)
  expect(rehearsal.swim.size).toBe(4)
})

function firstBeat(rehearsal: Rehearsal): number {
  for (;;) {
    rehearsal.advanceTo(rehearsal.swim.nextTickAt())
    if (rehearsal.packets().length > 0) return rehearsal.now
  }
}
