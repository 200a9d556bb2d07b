import { expect, test } from 'vitest'
import { AutopilotConfig } from '../../src/wire/structs/operator.ts'
import { member, server, stats, wellSettings } from './autopilot.fixture.ts'
import { assess, type Observation } from './health.ts'

const nothingSaid = new Map()

function observation(changes: Partial<Observation> = {}): Observation {
  const ids = ['a', 'b', 'c']
  return {
    servers: ids.map((id) => server(id)),
    members: new Map(ids.map((id) => [id, member(id)])),
    stats: new Map(ids.map((id) => [id, stats()])),
    leader: 'a',
    settings: wellSettings,
    nowMs: 1000,
    ...changes,
  }
}

const healthOf = (seen: Observation) =>
  Object.fromEntries(assess(seen, undefined).servers.map(({ id, healthy }) => [id, healthy]))

test('three servers that answer, follow closely and are alive are healthy, and one of them may fail', () => {
  expect(assess(observation(), undefined)).toMatchObject({ healthy: true, failureTolerance: 1, leader: 'a' })
})

test('a server that heard the leader too long ago is unhealthy, the leader itself never is for that', () => {
  const late = stats({ lastContactMs: 201 })
  const seen = observation({
    stats: new Map([
      ['a', late],
      ['b', late],
      ['c', stats({ lastContactMs: 200 })],
    ]),
  })
  expect(healthOf(seen)).toEqual({ a: true, b: false, c: true })
})

test('a server of an older term, or too many entries behind, is unhealthy', () => {
  const ahead = stats({ lastTerm: 3, lastIndex: 1000 })
  const seen = observation({
    stats: new Map([
      ['a', ahead],
      ['b', stats({ lastTerm: 2, lastIndex: 1000 })],
      ['c', stats({ lastTerm: 3, lastIndex: 749 })],
    ]),
  })
  expect(healthOf(seen)).toEqual({ a: true, b: false, c: false })
  expect(assess(seen, undefined)).toMatchObject({ healthy: false, failureTolerance: 0 })
})

test('a server that does not answer is unhealthy once the leader has entries it cannot show', () => {
  expect(healthOf(observation({ stats: new Map([['a', stats()]]) }))).toEqual({ a: true, b: false, c: false })
})

test('a member that failed is unhealthy, one that is leaving is not, one that gossip does not know is', () => {
  const members = new Map([
    ['a', member('a')],
    ['b', member('b', { status: 4 })],
  ])
  expect(healthOf(observation({ members }))).toEqual({ a: true, b: false, c: false })
  members.set('b', member('b', { status: 2 }))
  expect(healthOf(observation({ members }))).toMatchObject({ b: true })
})

test('a server is stable since it last became healthy or unhealthy', () => {
  const first = assess(observation(), undefined)
  const second = assess(observation({ nowMs: 3000 }), first)
  expect(second.servers.map(({ stableSinceMs }) => stableSinceMs)).toEqual([1000, 1000, 1000])
  const third = assess(
    observation({
      nowMs: 5000,
      stats: new Map([
        ['a', stats()],
        ['b', stats()],
      ]),
    }),
    second,
  )
  expect(third.servers.map(({ stableSinceMs }) => stableSinceMs)).toEqual([1000, 1000, 5000])
})

test('a cluster that nobody has told about itself is not healthy', () => {
  const seen = observation({ servers: [], members: nothingSaid, stats: nothingSaid })
  expect(assess(seen, undefined)).toMatchObject({ healthy: false, failureTolerance: 0, servers: [] })
})

test('thresholds come from the settings', () => {
  const settings = { ...AutopilotConfig.zero(), LastContactThreshold: 1_000_000_000, MaxTrailingLogs: 0 }
  const seen = observation({
    settings,
    stats: new Map([
      ['a', stats()],
      ['b', stats({ lastContactMs: 900 })],
      ['c', stats()],
    ]),
  })
  expect(healthOf(seen)).toEqual({ a: true, b: true, c: true })
})
