import { describe, expect, test } from 'vitest'
import { RecentIntents } from './recent-intents.ts'
import { TestStage } from './stage.fixture.ts'
import { decodeState } from './wire.ts'

const minuteMs = 60_000
const hourMs = 60 * minuteMs

describe('statuses (§9.2)', () => {
  test('a member that memberlist meets is alive, with its tags', () => {
    const stage = new TestStage()
    stage.meet('b', { tags: { role: 'node' } })
    expect(stage.status('b')).toBe('alive')
    expect(stage.serf.member('b')).toMatchObject({ tags: { role: 'node' }, statusLTime: 0, address: '10.1.1.98' })
    expect(stage.toldBriefly()).toEqual(['join b'])
  })

  test('an alive member that is lost has failed', () => {
    const stage = new TestStage()
    stage.meet('b')
    stage.lose('b')
    expect(stage.status('b')).toBe('failed')
    expect(stage.toldBriefly()).toEqual(['join b', 'failed b'])
  })

  test('a leaving member that is lost has left', () => {
    const stage = new TestStage()
    stage.meet('b')
    stage.leave('b', 5)
    expect(stage.status('b')).toBe('leaving')
    stage.lose('b')
    expect(stage.status('b')).toBe('left')
    expect(stage.toldBriefly()).toEqual(['join b', 'leave b'])
  })

  test('a failed member that is said to have left has left', () => {
    const stage = new TestStage()
    stage.meet('b')
    stage.lose('b')
    stage.leave('b', 5)
    expect(stage.status('b')).toBe('left')
    expect(stage.toldBriefly()).toEqual(['join b', 'failed b', 'leave b'])
    expect(stage.serf.stats()).toMatchObject({ failed: '0', left: '1' })
    expect(decodeState(stage.serf.localState())!.leftMembers).toEqual(['b'])
  })

  test('a member that has left stays so at a newer leave, whose time counts', () => {
    const stage = new TestStage()
    stage.meet('b')
    stage.lose('b')
    stage.leave('b', 5)
    stage.leave('b', 9)
    expect([stage.status('b'), stage.statusLTime('b')]).toEqual(['left', 9])
  })

  test('a leaving member that says it joins is alive', () => {
    const stage = new TestStage()
    stage.meet('b')
    stage.leave('b', 5)
    stage.join('b', 6)
    expect(stage.status('b')).toBe('alive')
    expect(stage.toldBriefly()).toEqual(['join b'])
  })

  test.for(['failed', 'left'])('a %s member that memberlist meets again is alive', (status) => {
    const stage = new TestStage()
    stage.meet('b')
    if (status === 'left') stage.leave('b', 5)
    stage.lose('b')
    expect(stage.status('b')).toBe(status)
    stage.meet('b', { incarnation: 2, tags: { v: '2' } })
    expect(stage.status('b')).toBe('alive')
    expect(stage.serf.member('b')!.tags).toEqual({ v: '2' })
    expect(stage.toldBriefly().at(-1)).toBe('join b')
    expect(stage.serf.stats()).toMatchObject({ failed: '0', left: '0', members: '2' })
  })

  test('other tags of an alive member are an update', () => {
    const stage = new TestStage()
    stage.meet('b')
    stage.meet('b', { incarnation: 2, tags: { v: '2' } })
    expect(stage.toldBriefly()).toEqual(['join b', 'update b'])
  })
})

describe('intents (§9.3)', () => {
  test('no newer than what is known are ignored and not passed on', () => {
    const stage = new TestStage()
    stage.meet('b')
    stage.join('b', 7)
    stage.leave('b', 7)
    stage.leave('b', 6)
    expect(stage.status('b')).toBe('alive')
    expect(stage.queued()).toEqual([{ type: 'join', node: 'b', lTime: 7 }])
  })

  test('that are news are passed on as they came', () => {
    const stage = new TestStage()
    stage.meet('b')
    stage.leave('b', 5)
    expect(stage.queued()).toEqual([{ type: 'leave', node: 'b', lTime: 5, prune: false }])
  })

  test('about members nobody has met are kept and passed on when they are the newest', () => {
    const stage = new TestStage()
    stage.join('b', 5)
    stage.leave('b', 4)
    stage.leave('c', 9)
    const passedOn = stage.queued().map((message) => message.type !== 'relay' && message.lTime)
    expect(passedOn.sort()).toEqual([5, 9])
    stage.meet('b')
    stage.meet('c')
    expect([stage.status('b'), stage.statusLTime('b')]).toEqual(['alive', 5])
    expect([stage.status('c'), stage.statusLTime('c')]).toEqual(['leaving', 9])
  })

  test('about members nobody meets within five minutes are forgotten', () => {
    const stage = new TestStage()
    stage.leave('b', 5)
    stage.advance(5 * minuteMs)
    stage.leave('c', 6)
    stage.advance(16_000)
    stage.meet('b')
    stage.meet('c')
    expect([stage.status('b'), stage.status('c')]).toEqual(['alive', 'leaving'])
  })

  test('by the thousand about names that do not exist stay in bounded memory', () => {
    const recent = new RecentIntents()
    for (let i = 0; i < 20_000; i++) recent.add(`ghost-${i}`, 'leave', 5, 0)
    expect(recent.size).toBe(16_384)
    expect(recent.of('ghost-3615')).toBeUndefined()
    expect(recent.of('ghost-3616')).toEqual({ type: 'leave', lTime: 5, heardAtMs: 0 })

    const stage = new TestStage()
    for (let i = 0; i < 6000; i++) stage.join(`ghost-${i}`, 5)
    stage.advance(30_000)
    expect(stage.serf.stats().intent_queue).toBe('4096')
  })

  test('that this member leaves, while it does not, are answered with a join and not passed on', () => {
    const stage = new TestStage()
    stage.leave('a', 60)
    expect(stage.status('a')).toBe('alive')
    expect(stage.queued()).toEqual([{ type: 'join', node: 'a', lTime: 62 }])
    expect(stage.serf.clocks().lTime).toBe(63)
  })

  test('that this member leaves are answered once, and not at all when they are older than what it said itself', () => {
    const stage = new TestStage()
    for (const lTime of [60, 60, 61]) stage.leave('a', lTime)
    expect(stage.queued()).toEqual([{ type: 'join', node: 'a', lTime: 62 }])
  })

  test('that this member leaves, of the very time at which it said that it joins, are answered', () => {
    const stage = new TestStage()
    stage.serf.beginJoin({ ignoresOldEvents: true })(1, stage.now)
    stage.leave('a', 1)
    const lTimes = stage.queued().map((message) => message.type === 'join' && message.lTime)
    expect(lTimes.sort()).toEqual([1, 3])
  })

  test('that this member leaves are no more believed when it is told to say so itself', () => {
    const stage = new TestStage()
    stage.meet('b')
    stage.serf.forceLeave('a', false, stage.now)
    expect(stage.status('a')).toBe('alive')
    expect(
      stage
        .queued()
        .map((message) => message.type)
        .sort(),
    ).toEqual(['join', 'leave'])
    stage.leave('a', 60)
    expect(stage.status('a')).toBe('alive')
  })

  test('with prune make a failed member be forgotten at once', () => {
    const stage = new TestStage()
    stage.meet('b')
    stage.lose('b')
    stage.leave('b', 5, true)
    expect(stage.status('b')).toBeUndefined()
    expect(stage.toldBriefly()).toEqual(['join b', 'failed b', 'leave b', 'reap b'])
  })

  test('with prune give a member that is still leaving its time', () => {
    const stage = new TestStage()
    stage.meet('b')
    stage.leave('b', 5, true)
    stage.advance(7999)
    expect(stage.status('b')).toBe('leaving')
    stage.advance(1)
    expect(stage.status('b')).toBeUndefined()
  })

  test('with prune do not forget a member that came back meanwhile', () => {
    const stage = new TestStage()
    stage.meet('b')
    stage.leave('b', 5, true)
    stage.join('b', 6)
    stage.advance(10_000)
    expect(stage.status('b')).toBe('alive')
  })

  test('to join are announced after a join somebody wished for that reached somebody', () => {
    const stage = new TestStage()
    stage.serf.beginJoin({ ignoresOldEvents: true })(0, stage.now)
    expect(stage.queued()).toEqual([])
    stage.serf.beginJoin({ ignoresOldEvents: true })(1, stage.now)
    expect(stage.queued()).toEqual([{ type: 'join', node: 'a', lTime: 1 }])
    expect(stage.serf.clocks().lTime).toBe(2)
  })

  test('to leave carry the clock, which then moves', () => {
    const stage = new TestStage()
    stage.meet('b')
    stage.meet('c')
    stage.lose('b')
    stage.serf.forceLeave('b', false, stage.now)
    expect(stage.queued()).toEqual([{ type: 'leave', node: 'b', lTime: 1, prune: false }])
    expect(stage.serf.clocks().lTime).toBe(2)
  })

  test('to leave that nobody can hear count as spread', () => {
    const stage = new TestStage()
    stage.meet('b')
    stage.lose('b')
    const spread: boolean[] = []
    stage.serf.forceLeave('b', false, stage.now, (inTime) => spread.push(inTime))
    expect([spread, stage.queued()]).toEqual([[true], []])
  })

  test('to leave that are not sent often enough in five seconds count as late', () => {
    const stage = new TestStage({ retransmitMult: 1000 })
    stage.meet('b')
    stage.meet('c')
    stage.lose('b')
    const spread: boolean[] = []
    stage.serf.forceLeave('b', false, stage.now, (inTime) => spread.push(inTime))
    stage.advance(5000)
    expect(spread).toEqual([false])
    stage.advance(600_000)
    expect(spread).toEqual([false])
  })
})

describe('a push/pull (§9.4)', () => {
  test('moves the clocks to where the other side’s stand', () => {
    const stage = new TestStage()
    stage.merge({ lTime: 10, eventLTime: 20, queryLTime: 30 })
    expect(stage.serf.clocks()).toEqual({ lTime: 10, eventLTime: 20, queryLTime: 30 })
    stage.merge({ lTime: 3 })
    expect(stage.serf.clocks().lTime).toBe(10)
  })

  test('brings who has left, at the time after the last word about them', () => {
    const stage = new TestStage()
    stage.meet('b')
    stage.meet('c')
    stage.lose('b')
    stage.merge({
      statusLTimes: new Map([
        ['b', 4],
        ['c', 6],
      ]),
      leftMembers: ['b'],
    })
    expect([stage.status('b'), stage.statusLTime('b')]).toEqual(['left', 5])
    expect([stage.status('c'), stage.statusLTime('c')]).toEqual(['alive', 6])
  })

  test('leaves a member alive of whose return the other side has not heard', () => {
    const stage = new TestStage()
    stage.meet('b')
    stage.lose('b')
    stage.leave('b', 2)
    stage.meet('b', { incarnation: 2 })
    stage.merge({ statusLTimes: new Map([['b', 2]]), leftMembers: ['b'] })
    expect([stage.status('b'), stage.statusLTime('b')]).toEqual(['alive', 2])
    stage.lose('b', 2)
    stage.merge({ statusLTimes: new Map([['b', 2]]), leftMembers: ['b'] })
    expect(stage.status('b')).toBe('left')
  })

  test('leaves a member to its own word that is leaving here and has left for the other side', () => {
    const stage = new TestStage()
    stage.meet('b')
    stage.leave('b', 2)
    stage.merge({ statusLTimes: new Map([['b', 5]]), leftMembers: ['b'] })
    expect([stage.status('b'), stage.statusLTime('b')]).toEqual(['leaving', 2])
    stage.join('b', 4)
    expect(stage.status('b')).toBe('alive')
  })

  test('with a later word about this member than its own is answered with a join, once', () => {
    const stage = new TestStage()
    const state = { lTime: 8, statusLTimes: new Map([['a', 7]]) }
    stage.merge(state)
    stage.merge(state)
    stage.merge({ statusLTimes: new Map([['a', 9]]) })
    stage.leave('a', 7)
    expect(stage.queued()).toEqual([{ type: 'join', node: 'a', lTime: 9 }])
  })

  test('that says that this member has left is answered with a join', () => {
    const stage = new TestStage()
    stage.merge({ lTime: 8, statusLTimes: new Map([['a', 7]]), leftMembers: ['a'] })
    expect(stage.queued()).toEqual([{ type: 'join', node: 'a', lTime: 9 }])
    expect(stage.status('a')).toBe('alive')
  })

  test('with a later word about this member is not answered while it leaves', () => {
    const stage = new TestStage()
    stage.meet('b')
    stage.serf.leave(stage.now)
    stage.merge({ lTime: 8, statusLTimes: new Map([['a', 7]]) })
    expect(stage.queued()).toEqual([{ type: 'leave', node: 'a', lTime: 1, prune: false }])
  })

  test('brings joins that were missed, and passes nothing on', () => {
    const stage = new TestStage()
    stage.meet('b')
    stage.leave('b', 3)
    while (stage.queued().length > 0);
    stage.merge({
      statusLTimes: new Map([['b', 4]]),
      events: [{ lTime: 2, events: [{ name: 'x', payload: Buffer.alloc(0) }] }],
    })
    expect(stage.status('b')).toBe('alive')
    expect(stage.queued()).toEqual([])
    expect(stage.toldBriefly()).toContain('event x ')
  })

  test('of a join that ignores what was brings no events from before', () => {
    const held = [{ name: 'old', payload: Buffer.alloc(0) }]
    const state = { eventLTime: 6, events: [{ lTime: 5, events: held }] }
    const stage = new TestStage()
    const end = stage.serf.beginJoin({ ignoresOldEvents: true })
    stage.merge(state, true)
    end(1, stage.now)
    stage.event(5, 'old')
    stage.event(6, 'new')
    expect(stage.toldBriefly()).toEqual(['event new '])
  })

  test('that somebody else’s join brings while nobody joins here is heard in full', () => {
    const stage = new TestStage()
    const state = { eventLTime: 6, events: [{ lTime: 5, events: [{ name: 'old', payload: Buffer.alloc(0) }] }] }
    stage.merge(state, true)
    expect(stage.toldBriefly()).toEqual(['event old '])
  })

  test('that is no join, or comes after the join is over, is heard in full too', () => {
    const state = (lTime: number) => ({
      eventLTime: lTime + 1,
      events: [{ lTime, events: [{ name: `at ${lTime}`, payload: Buffer.alloc(0) }] }],
    })
    const stage = new TestStage()
    const end = stage.serf.beginJoin({ ignoresOldEvents: true })
    stage.merge(state(5), false)
    stage.merge(state(6), true)
    end(1, stage.now)
    stage.merge(state(7), true)
    expect(stage.toldBriefly()).toEqual(['event at 5 ', 'event at 7 '])
  })

  test('that cannot be read changes nothing', () => {
    const stage = new TestStage()
    stage.serf.mergeState(Buffer.from([2, 0x81, 0xa5]), false, 0)
    stage.serf.mergeState(Buffer.from([99]), false, 0)
    expect(stage.serf.clocks().lTime).toBe(1)
  })

  test('tells all of it to the other side', () => {
    const one = new TestStage()
    one.meet('b')
    one.meet('c')
    one.leave('b', 7)
    one.lose('b')
    one.event(3, 'deploy', 'v1')
    const other = new TestStage()
    other.meet('b')
    other.lose('b')
    other.serf.mergeState(one.serf.localState(), true, 0)
    expect([other.status('b'), other.statusLTime('b')]).toEqual(['left', 8])
    expect(other.toldBriefly().at(-1)).toBe('event deploy v1')
    expect(other.serf.clocks()).toEqual({ lTime: 9, eventLTime: 4, queryLTime: 1 })
  })
})

describe('the long gone (§9.9)', () => {
  test('are forgotten after 72 hours when they failed and after 24 when they left', () => {
    const stage = new TestStage()
    stage.meet('b')
    stage.meet('c')
    stage.leave('c', 5)
    stage.lose('b')
    stage.lose('c')
    stage.advance(24 * hourMs)
    expect(stage.status('c')).toBe('left')
    stage.advance(15_000)
    expect([stage.status('b'), stage.status('c')]).toEqual(['failed', undefined])
    stage.advance(48 * hourMs)
    expect(stage.status('b')).toBeUndefined()
    expect(stage.toldBriefly().filter((told) => told.startsWith('reap'))).toEqual(['reap c', 'reap b'])
  })

  test('with a wish of their own are forgotten when they said; one that cannot be read counts for nothing', () => {
    const stage = new TestStage()
    stage.meet('b', { tags: { rc_tm: '1h' } })
    stage.meet('c', { tags: { rc_tm: 'soon' } })
    stage.lose('b')
    stage.lose('c')
    stage.advance(hourMs + 15_000)
    expect([stage.status('b'), stage.status('c')]).toEqual([undefined, 'failed'])
  })

  test('failed are tried again now and then, as if they joined', () => {
    const stage = new TestStage()
    stage.meet('b')
    stage.lose('b')
    stage.advance(29_999)
    expect(stage.told().filter(({ kind }) => kind === 'reconnect')).toEqual([])
    expect(stage.serf.nextTickAt()).toBe(30_000)
    stage.serf.tick(30_000)
    expect(stage.serf.take()).toContainEqual({
      kind: 'reconnect',
      node: 'b',
      to: { address: '10.1.1.98', port: 8301 },
    })
  })
})
