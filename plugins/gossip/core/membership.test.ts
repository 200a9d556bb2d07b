import { describe, expect, test } from 'vitest'
import { aliveOf, endpointOf, Rehearsal } from './rehearsal.ts'
import { consulVersions } from './versions.ts'

const suspectOf = (node: string, incarnation = 1, from = 'z') => ({ type: 'suspect', node, incarnation, from }) as const
const deadOf = (node: string, incarnation = 1, from = 'z') => ({ type: 'dead', node, incarnation, from }) as const
const elsewhere = { address: '10.9.9.9', port: 7946 }

describe('a member that starts', () => {
  test('is alive in its own eyes under incarnation 1 and says so', () => {
    const rehearsal = new Rehearsal()
    expect(rehearsal.believes('a')).toBe('alive 1')
    rehearsal.hear(aliveOf('b'))
    expect(rehearsal.news()).toContain('alive a 1')
  })
})

describe('an announcement', () => {
  test('of a stranger makes a member, an event and news', () => {
    const rehearsal = new Rehearsal()
    rehearsal.hear(aliveOf('b', 3))
    expect(rehearsal.believes('b')).toBe('alive 3')
    expect(rehearsal.delegate.events).toEqual(['joined b'])
    expect(rehearsal.news()).toContain('alive b 3')
  })

  test('of a stranger under incarnation 0 makes nobody alive', () => {
    const rehearsal = new Rehearsal()
    rehearsal.hear(aliveOf('b', 0))
    expect(rehearsal.believes('b')).toBe('dead 0')
    expect(rehearsal.delegate.events).toEqual([])
  })

  test.for([1, 2])('under incarnation %i is old where 2 is known', (incarnation) => {
    const rehearsal = new Rehearsal()
    rehearsal.hear(aliveOf('b', 2))
    rehearsal.hear(aliveOf('b', incarnation, { meta: Buffer.from('other') }))
    expect(rehearsal.delegate.events).toEqual(['joined b'])
    expect(rehearsal.swim.node('b')?.meta.toString()).toBe('meta')
  })

  test('with another meta is an update, with the same one none', () => {
    const rehearsal = new Rehearsal({ members: 'b' })
    rehearsal.hear(aliveOf('b', 2))
    expect(rehearsal.delegate.events).toEqual([])
    rehearsal.hear(aliveOf('b', 3, { meta: Buffer.from('new') }))
    expect(rehearsal.delegate.events).toEqual(['updated b new'])
  })

  test('acquits a suspect', () => {
    const rehearsal = new Rehearsal({ members: 'bcd' })
    rehearsal.hear(suspectOf('b'))
    rehearsal.hear(aliveOf('b', 2))
    expect(rehearsal.believes('b')).toBe('alive 2')
    expect(rehearsal.delegate.events).toEqual([])
    expect(rehearsal.swim.nextTickAt()).toBeLessThan(4000)
  })

  test('takes the place of older news about the same member', () => {
    const rehearsal = new Rehearsal({ members: 'bcd' })
    rehearsal.hear(suspectOf('b'))
    rehearsal.hear(aliveOf('b', 2))
    const news = rehearsal.news()
    expect(news).toContain('alive b 2')
    expect(news).not.toContain('suspect b 1 from z')
    expect(news).not.toContain('alive b 1')
  })

  test('of the living does not change since when they live', () => {
    const rehearsal = new Rehearsal({ members: 'b' })
    rehearsal.now = 500
    rehearsal.hear(aliveOf('b', 2))
    expect(rehearsal.swim.node('b')?.changedAtMs).toBe(0)
    rehearsal.hear(deadOf('b', 2))
    rehearsal.hear(aliveOf('b', 3))
    expect(rehearsal.swim.node('b')?.changedAtMs).toBe(500)
  })

  test('too long for any packet is believed but not told on', () => {
    const rehearsal = new Rehearsal({ config: { probeIntervalMs: 1e9 } })
    rehearsal.hear(aliveOf('b', 1, { meta: Buffer.alloc(1400) }))
    expect(rehearsal.believes('b')).toBe('alive 1')
    expect(rehearsal.news()).toEqual(['alive a 1'])
    rehearsal.advanceTo(2000)
    rehearsal.packets()
    expect(rehearsal.news()).toEqual([])
  })

  test('of nobody is ignored', () => {
    const rehearsal = new Rehearsal()
    rehearsal.hear(aliveOf('b', 1, { node: '' }))
    expect(rehearsal.swim.size).toBe(1)
  })

  test.for(['dead', 'left'] as const)('brings back who was %s, as a join', (state) => {
    const rehearsal = new Rehearsal({ members: 'b' })
    rehearsal.hear(deadOf('b', 1, state === 'left' ? 'b' : 'z'))
    rehearsal.hear(aliveOf('b', 2))
    expect(rehearsal.delegate.events).toEqual([`${state} b`, 'joined b'])
  })

  test.for([
    { ...consulVersions, pMin: 0 },
    { ...consulVersions, pMax: 0 },
    { ...consulVersions, pMin: 6 },
    { pMin: 0, pMax: 0, pCur: 0, dMin: 0, dMax: 0, dCur: 0 },
  ])('with impossible versions is ignored (%j)', (vsn) => {
    const rehearsal = new Rehearsal()
    rehearsal.hear(aliveOf('b', 1, { vsn }))
    expect(rehearsal.believes('b')).toBe('unknown')
  })

  test('that the delegate vetoes is ignored', () => {
    const rehearsal = new Rehearsal()
    rehearsal.delegate.veto = ({ node }) => (node === 'b' ? 'of another datacenter' : undefined)
    rehearsal.hear(aliveOf('b'))
    expect(rehearsal.believes('b')).toBe('unknown')
    expect(rehearsal.effects()).toContainEqual(expect.objectContaining({ kind: 'log', level: 'warn' }))
  })

  test('without a port means the port of this member', () => {
    const rehearsal = new Rehearsal()
    rehearsal.hear(aliveOf('b', 1, { port: 0 }))
    expect(rehearsal.swim.node('b')?.port).toBe(endpointOf('a').port)
  })
})

describe('a name at another address', () => {
  test('is a conflict while its owner lives, whatever the incarnation', () => {
    const rehearsal = new Rehearsal({ members: 'b' })
    rehearsal.hear(aliveOf('b', 9, elsewhere))
    expect(rehearsal.delegate.events).toEqual(['conflict b 10.9.9.9'])
    expect(rehearsal.swim.node('b')?.address).toBe('10.0.0.2')
    rehearsal.hear(suspectOf('b'))
    rehearsal.hear(aliveOf('b', 9, elsewhere))
    expect(rehearsal.swim.node('b')?.address).toBe('10.0.0.2')
  })

  test('is free at once when its owner left, under any incarnation', () => {
    const rehearsal = new Rehearsal()
    rehearsal.hear(aliveOf('b', 7))
    rehearsal.hear(deadOf('b', 7, 'b'))
    rehearsal.hear(aliveOf('b', 1, elsewhere))
    expect(rehearsal.swim.node('b')).toMatchObject({ state: 'alive', incarnation: 1, address: '10.9.9.9' })
  })

  test('is free when its owner has been dead for the reclaim time', () => {
    const rehearsal = new Rehearsal({ config: { deadNodeReclaimMs: 30_000 }, members: 'bc' })
    rehearsal.hear(deadOf('b'))
    rehearsal.now = 30_000
    rehearsal.hear(aliveOf('b', 1, elsewhere))
    expect(rehearsal.delegate.events).toEqual(['dead b', 'conflict b 10.9.9.9'])
    rehearsal.now = 30_001
    rehearsal.hear(aliveOf('b', 1, elsewhere))
    expect(rehearsal.swim.node('b')).toMatchObject({ state: 'alive', address: '10.9.9.9' })
  })

  test('stays taken by the dead when there is no reclaim time', () => {
    const rehearsal = new Rehearsal({ members: 'b' })
    rehearsal.hear(deadOf('b'))
    rehearsal.now = 1_000_000
    rehearsal.hear(aliveOf('b', 9, elsewhere))
    expect(rehearsal.believes('b')).toBe('dead 1')
  })

  test('is a conflict for this member too', () => {
    const rehearsal = new Rehearsal()
    rehearsal.hear(aliveOf('a', 9, elsewhere))
    expect(rehearsal.delegate.events).toEqual(['conflict a 10.9.9.9'])
    expect(rehearsal.believes('a')).toBe('alive 1')
  })
})

describe('an accusation', () => {
  test('of a stranger is ignored', () => {
    const rehearsal = new Rehearsal()
    rehearsal.hear(suspectOf('b'))
    rehearsal.hear(deadOf('b'))
    expect(rehearsal.believes('b')).toBe('unknown')
  })

  test('makes a suspect and is told on, but is no event', () => {
    const rehearsal = new Rehearsal({ members: 'bcd' })
    rehearsal.hear(suspectOf('b', 1, 'c'))
    expect(rehearsal.believes('b')).toBe('suspect 1')
    expect(rehearsal.delegate.events).toEqual([])
    expect(rehearsal.news()).toContain('suspect b 1 from c')
  })

  test('of an older incarnation is ignored', () => {
    const rehearsal = new Rehearsal()
    rehearsal.hear(aliveOf('b', 2))
    rehearsal.hear(suspectOf('b', 1))
    rehearsal.hear(deadOf('b', 1))
    expect(rehearsal.believes('b')).toBe('alive 2')
  })

  test('raises the incarnation it names', () => {
    const rehearsal = new Rehearsal({ members: 'bcd' })
    rehearsal.hear(suspectOf('b', 5))
    expect(rehearsal.believes('b')).toBe('suspect 5')
  })

  test('of a suspect by somebody else is told on, by the same one not', () => {
    const rehearsal = new Rehearsal({ members: 'bcde' })
    rehearsal.hear(suspectOf('b', 1, 'c'))
    rehearsal.hear(suspectOf('b', 1, 'd'))
    expect(rehearsal.news()).toContain('suspect b 1 from d')
    rehearsal.hear(suspectOf('b', 1, 'c'))
    expect(rehearsal.news()).not.toContain('suspect b 1 from c')
  })

  test('of the dead changes nothing', () => {
    const rehearsal = new Rehearsal({ members: 'b' })
    rehearsal.hear(deadOf('b'))
    rehearsal.hear(suspectOf('b', 2))
    rehearsal.hear(deadOf('b', 2, 'b'))
    expect(rehearsal.believes('b')).toBe('dead 1')
  })
})

describe('a suspect', () => {
  const accuse = (...accusers: string[]) => {
    const rehearsal = new Rehearsal({ config: { probeIntervalMs: 1000 }, members: 'bcd' })
    for (const accuser of accusers) rehearsal.hear(suspectOf('b', 1, accuser))
    const answering = (untilMs: number) => {
      // Everybody answers this member's own probes, so that only the accusations above count.
      while (rehearsal.now < untilMs) {
        rehearsal.advanceTo(Math.min(rehearsal.now + 50, untilMs))
        for (const { messages } of rehearsal.packets()) {
          for (const message of messages) {
            if (message.type === 'ping') {
              rehearsal.hear({ type: 'ack', seqNo: message.seqNo, payload: Buffer.alloc(0) })
            }
          }
        }
      }
    }
    return { rehearsal, answering }
  }

  test.for([
    [['c'], 24_000],
    [['c', 'd'], 11_381],
    [['c', 'd', 'z'], 4000],
  ] as const)('accused by %j is dead after %i ms without protest', ([accusers, afterMs]) => {
    const { rehearsal, answering } = accuse(...accusers)
    answering(afterMs - 1)
    expect(rehearsal.believes('b')).toBe('suspect 1')
    answering(afterMs)
    expect(rehearsal.believes('b')).toBe('dead 1')
    expect(rehearsal.delegate.events).toContain('dead b')
    expect(rehearsal.news()).toContain('dead b 1 from a')
  })

  test('that protests in time lives', () => {
    const { rehearsal, answering } = accuse('c', 'd', 'z')
    answering(3000)
    rehearsal.hear(aliveOf('b', 2))
    answering(60_000)
    expect(rehearsal.believes('b')).toBe('alive 2')
  })

  test('accused anew after its protest has the full time again', () => {
    const { rehearsal, answering } = accuse('c', 'd', 'z')
    answering(3000)
    rehearsal.hear(aliveOf('b', 2))
    rehearsal.hear(suspectOf('b', 2, 'c'))
    answering(26_999)
    expect(rehearsal.believes('b')).toBe('suspect 2')
    answering(27_000)
    expect(rehearsal.believes('b')).toBe('dead 2')
  })
})

describe('the dead', () => {
  test('were declared so by another, or said farewell themselves', () => {
    const rehearsal = new Rehearsal({ members: 'bc' })
    rehearsal.hear(deadOf('b', 1, 'c'))
    rehearsal.hear(deadOf('c', 1, 'c'))
    expect([rehearsal.believes('b'), rehearsal.believes('c')]).toEqual(['dead 1', 'left 1'])
    expect(rehearsal.delegate.events).toEqual(['dead b', 'left c'])
  })
})

describe('a member that hears ill of itself', () => {
  test.for([
    ['suspect', suspectOf('a', 1)],
    ['dead', deadOf('a', 1)],
    ['an older life with another meta', aliveOf('a', 1, { meta: Buffer.from('former') })],
    ['other versions', aliveOf('a', 1, { vsn: { ...consulVersions, dCur: 5 } })],
  ] as const)('(%s) protests under the next incarnation', ([, accusation]) => {
    const rehearsal = new Rehearsal({ members: 'b' })
    rehearsal.hear(accusation)
    expect(rehearsal.believes('a')).toBe('alive 2')
    expect(rehearsal.swim.healthScore).toBe(1)
    expect(rehearsal.news()).toContain('alive a 2')
    expect(rehearsal.delegate.events).toEqual([])
  })

  test.for([
    ['suspect', suspectOf('a', 30)],
    ['dead', deadOf('a', 30)],
    ['alive', aliveOf('a', 30)],
  ] as const)('(%s under a higher incarnation) jumps above it', ([, accusation]) => {
    const rehearsal = new Rehearsal({ members: 'b' })
    rehearsal.hear(accusation)
    expect(rehearsal.believes('a')).toBe('alive 31')
    rehearsal.hear(suspectOf('a', 31))
    expect(rehearsal.believes('a')).toBe('alive 32')
  })

  test('lets its own echo and what lies behind it pass', () => {
    const rehearsal = new Rehearsal({ members: 'b' })
    rehearsal.hear(suspectOf('a', 1))
    rehearsal.hear(aliveOf('a', 2))
    rehearsal.hear(aliveOf('a', 1, { meta: Buffer.from('former') }))
    rehearsal.hear(suspectOf('a', 1))
    rehearsal.hear(deadOf('a', 1))
    expect(rehearsal.believes('a')).toBe('alive 2')
  })

  test('stays within the 32 bits of an incarnation', () => {
    const rehearsal = new Rehearsal({ members: 'b' })
    rehearsal.hear(suspectOf('a', 0xffffffff))
    rehearsal.hear(suspectOf('a', 0xffffffff))
    expect(rehearsal.believes('a')).toBe('alive 4294967295')
  })
})

describe('a change of the own meta', () => {
  test('is announced under a higher incarnation', () => {
    const rehearsal = new Rehearsal({ members: 'b' })
    rehearsal.delegate.metaText = 'new'
    rehearsal.swim.updateMeta(0)
    expect(rehearsal.believes('a')).toBe('alive 2')
    expect(rehearsal.delegate.events).toEqual(['updated a new'])
    expect(rehearsal.news()).toContain('alive a 2')
  })
})

describe('a farewell', () => {
  test('is told until it was sent as often as any news, and then reported as sent', () => {
    const rehearsal = new Rehearsal({ members: 'bcd' })
    rehearsal.swim.leave(0)
    expect(rehearsal.believes('a')).toBe('left 1')
    expect(rehearsal.delegate.events).toEqual(['left a'])
    expect(rehearsal.effects()).not.toContainEqual({ kind: 'leaveSent' })
    expect(rehearsal.news()).toContain('dead a 1 from a')
    expect(rehearsal.effects()).toContainEqual({ kind: 'leaveSent' })
  })

  test('of a member alone is sent at once', () => {
    const rehearsal = new Rehearsal()
    rehearsal.swim.leave(0)
    expect(rehearsal.effects()).toContainEqual({ kind: 'leaveSent' })
  })

  test('is not taken back by news about oneself', () => {
    const rehearsal = new Rehearsal({ members: 'b' })
    rehearsal.swim.leave(0)
    rehearsal.hear(aliveOf('a', 9))
    rehearsal.hear(suspectOf('a', 9))
    rehearsal.hear(deadOf('a', 9))
    rehearsal.swim.updateMeta(0)
    expect(rehearsal.believes('a')).toBe('left 1')
  })
})
