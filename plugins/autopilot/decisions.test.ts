import { describe, expect, test } from 'vitest'
import { health, state, wellSettings } from './autopilot.fixture.ts'
import type { ServerState } from './contract.ts'
import { toPromote, toRemove } from './decisions.ts'

describe('promotion', () => {
  const newcomer = (stableSinceMs: number, more: Partial<ServerState> = {}) =>
    state('d', { voter: false, stableSinceMs, ...more })
  const promoted = (server: ServerState, nowMs: number, watchingSinceMs = -1e6) =>
    toPromote(health(state('a'), server), wellSettings, watchingSinceMs, nowMs)?.id

  test('a new server gets its vote once it has been healthy for long enough', () => {
    expect(promoted(newcomer(1000), 10_999)).toBeUndefined()
    expect(promoted(newcomer(1000), 11_000)).toBe('d')
  })

  test('while this leader has not looked on for that long itself, healthy is enough', () => {
    expect(promoted(newcomer(1000), 1001, 0)).toBe('d')
  })

  test('an unhealthy server, a read replica and a voter get none', () => {
    expect(promoted(newcomer(0, { healthy: false }), 1e6)).toBeUndefined()
    expect(promoted(newcomer(0, { readReplica: true }), 1e6)).toBeUndefined()
    expect(promoted(newcomer(0, { voter: true }), 1e6)).toBeUndefined()
  })
})

describe('removal', () => {
  const removed = (servers: ServerState[], changes = {}) =>
    toRemove(health(...servers), { ...wellSettings, ...changes }).map(({ server, how }) => `${how} ${server.id}`)
  const failed = (id: string, more: Partial<ServerState> = {}) => state(id, { memberStatus: 'failed', ...more })

  test('one of three may go, and gossip is told', () => {
    expect(removed([state('a'), state('b'), failed('c')])).toEqual(['forceLeave c'])
  })

  test('a voter that gossip does not know is dropped from Raft', () => {
    expect(removed([state('a'), state('b'), failed('c', { memberStatus: 'unknown' })])).toEqual(['removePeer c'])
  })

  test('two of three may not: a majority would be gone', () => {
    expect(removed([state('a'), failed('b'), failed('c')])).toEqual([])
  })

  test('one of two may not', () => {
    expect(removed([state('a'), failed('b')])).toEqual([])
  })

  test('two of five may, those whom gossip has forgotten first', () => {
    const servers = [state('a'), failed('b'), state('c'), state('d'), failed('e', { memberStatus: 'unknown' })]
    expect(removed(servers)).toEqual(['removePeer e', 'forceLeave b'])
  })

  test('non-voters go however many they are', () => {
    expect(removed([state('a'), failed('b', { voter: false }), failed('c', { voter: false })])).toEqual([
      'forceLeave b',
      'forceLeave c',
    ])
  })

  test('never below the smallest number of voters that the operator wants', () => {
    const servers = [state('a'), state('b'), state('c'), state('d'), failed('e')]
    expect(removed(servers, { MinQuorum: 5 })).toEqual([])
    expect(removed(servers, { MinQuorum: 4 })).toEqual(['forceLeave e'])
  })

  test('nobody when the operator wants none of it, and never the leader', () => {
    expect(removed([state('a'), state('b'), failed('c')], { CleanupDeadServers: false })).toEqual([])
    expect(removed([failed('a'), state('b'), state('c')])).toEqual([])
  })
})
