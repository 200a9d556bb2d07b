import { describe, expect, test } from 'vitest'
import type { PushPull, PushPullNode, SwimState } from './messages.ts'
import { pushPullPauseMs } from './push-pull.ts'
import { aliveOf, endpointOf, Rehearsal } from './rehearsal.ts'
import { consulVersions } from './versions.ts'

function seen(name: string, state: SwimState = 'alive', more: Partial<PushPullNode> = {}): PushPullNode {
  const meta = Buffer.from('meta')
  return { name, ...endpointOf(name), meta, vsn: consulVersions, incarnation: 1, state, ...more }
}

function view(nodes: PushPullNode[], userState = ''): PushPull {
  return { join: false, nodes, userState: Buffer.from(userState) }
}

test.for([
  [1, 30_000],
  [32, 30_000],
  [33, 60_000],
  [64, 60_000],
  [65, 90_000],
  [1000, 180_000],
])('a pool of %i exchanges views every %i ms', ([members, pauseMs]) => {
  expect(pushPullPauseMs(30_000, members!)).toBe(pauseMs)
})

describe('the own view', () => {
  test('holds everybody, the dead and oneself included, and the part of the delegate', () => {
    const rehearsal = new Rehearsal({ members: 'bc' })
    rehearsal.hear({ type: 'dead', node: 'b', incarnation: 1, from: 'b' })
    rehearsal.delegate.state = Buffer.from('clocks')
    const { join, nodes, userState } = rehearsal.swim.localPushPull(true)
    expect(join).toBe(true)
    expect(userState.toString()).toBe('clocks')
    expect(nodes.map(({ name, state }) => `${name} ${state}`).sort()).toEqual(['a alive', 'b left', 'c alive'])
  })
})

describe("another's view", () => {
  test('is believed about the alive and the left', () => {
    const rehearsal = new Rehearsal({ members: 'c' })
    rehearsal.swim.mergeRemote(view([seen('b'), seen('c', 'left')]), false, 0)
    expect(rehearsal.delegate.events).toEqual(['joined b', 'left c'])
  })

  test.for(['suspect', 'dead'] as const)('that somebody is %s only makes this member suspect him too', (state) => {
    const rehearsal = new Rehearsal({ members: 'bcd' })
    rehearsal.swim.mergeRemote(view([seen('b', state)]), false, 0)
    expect(rehearsal.believes('b')).toBe('suspect 1')
    expect(rehearsal.news()).toContain('suspect b 1 from a')
  })

  test('that this member is dead is protested against', () => {
    const rehearsal = new Rehearsal()
    rehearsal.swim.mergeRemote(view([seen('a', 'dead', { incarnation: 5 })]), true, 0)
    expect(rehearsal.believes('a')).toBe('alive 6')
  })

  test('of a former life of this member is protested against', () => {
    const rehearsal = new Rehearsal()
    rehearsal.swim.mergeRemote(view([seen('a', 'alive', { incarnation: 5 })]), true, 0)
    expect(rehearsal.believes('a')).toBe('alive 6')
  })

  test('makes no stranger known of whom it only says that he is gone', () => {
    const rehearsal = new Rehearsal()
    rehearsal.swim.mergeRemote(view([seen('b', 'dead'), seen('c', 'left'), seen('d', 'suspect')]), false, 0)
    expect(rehearsal.swim.size).toBe(1)
  })

  test('hands its part to the delegate, unless it is empty', () => {
    const rehearsal = new Rehearsal()
    rehearsal.swim.mergeRemote(view([seen('b')]), false, 0)
    rehearsal.swim.mergeRemote(view([seen('b')], 'clocks'), true, 0)
    expect(rehearsal.delegate.events).toEqual(['joined b', 'state clocks of a join'])
  })

  test('is refused as a whole by a veto, which is asked for joins only', () => {
    const rehearsal = new Rehearsal()
    rehearsal.delegate.mergeVeto = 'another datacenter'
    expect(rehearsal.swim.mergeRemote(view([seen('b')], 'clocks'), true, 0)).toBe('another datacenter')
    expect(rehearsal.delegate.events).toEqual([])
    expect(rehearsal.swim.mergeRemote(view([seen('b')]), false, 0)).toBeUndefined()
    expect(rehearsal.believes('b')).toBe('alive 1')
  })
})

describe('versions in a view', () => {
  test.for([
    [
      'a member alive that understands none of ours',
      seen('b', 'alive', { vsn: { ...consulVersions, pMin: 3, pCur: 3 } }),
    ],
    ['a dead member that speaks what nobody alive does', seen('b', 'dead', { vsn: { ...consulVersions, pCur: 6 } })],
    ['a member alive with an older delegate', seen('b', 'alive', { vsn: { ...consulVersions, dMax: 3, dCur: 3 } })],
    ['a member without versions', seen('b', 'left', { vsn: { pMin: 0, pMax: 0, pCur: 0, dMin: 0, dMax: 0, dCur: 0 } })],
  ] as const)('refuse it: %s', ([, node]) => {
    const rehearsal = new Rehearsal()
    expect(rehearsal.swim.mergeRemote(view([seen('c'), node]), false, 0)).toMatch(/version/)
    expect(rehearsal.swim.size).toBe(1)
  })

  test('of the dead do not narrow what the others may speak', () => {
    const rehearsal = new Rehearsal()
    const old = seen('b', 'dead', { vsn: { ...consulVersions, pMax: 1, dMax: 3 } })
    expect(rehearsal.swim.mergeRemote(view([seen('c'), old]), false, 0)).toBeUndefined()
  })

  test('count for members already known as well', () => {
    const rehearsal = new Rehearsal()
    rehearsal.hear(aliveOf('b', 1, { vsn: { ...consulVersions, dMin: 5, dCur: 5 } }))
    expect(rehearsal.swim.mergeRemote(view([seen('c')]), false, 0)).toMatch(/serf/)
  })
})

test('a member already known that speaks what nobody understands stands in the way of every view', () => {
  const rehearsal = new Rehearsal()
  rehearsal.hear(aliveOf('b', 1, { vsn: { ...consulVersions, dCur: 9 } }))
  rehearsal.hear({ type: 'dead', node: 'b', incarnation: 1, from: 'b' })
  expect(rehearsal.swim.mergeRemote(view([seen('c')]), false, 0)).toMatch(/"b" speaks version 9 of serf/)
})

describe('the exchange of views', () => {
  test('is not asked for when all others are suspect', () => {
    const rehearsal = new Rehearsal({ config: { probeIntervalMs: 1e9 }, members: 'bcd' })
    for (const node of 'bcd') rehearsal.hear({ type: 'suspect', node, incarnation: 1, from: 'z' })
    rehearsal.advanceTo(31_000)
    expect(rehearsal.effects().filter(({ kind }) => kind === 'pushPull')).toEqual([])
  })

  test('is asked for with somebody alive, again and again', () => {
    const rehearsal = new Rehearsal({ config: { probeIntervalMs: 1e9 }, members: 'bc' })
    rehearsal.hear({ type: 'suspect', node: 'c', incarnation: 1, from: 'z' })
    rehearsal.advanceTo(70_000)
    const exchanges = rehearsal.effects().filter(({ kind }) => kind === 'pushPull')
    expect(exchanges.length).toBeGreaterThanOrEqual(2)
    for (const exchange of exchanges) {
      expect(exchange).toEqual({ kind: 'pushPull', node: 'b', to: endpointOf('b') })
    }
  })

  test('does not happen where it is switched off', () => {
    const rehearsal = new Rehearsal({ config: { pushPullIntervalMs: 0 }, members: 'bc' })
    rehearsal.advanceTo(200_000)
    expect(rehearsal.effects().filter(({ kind }) => kind === 'pushPull')).toEqual([])
  })
})
