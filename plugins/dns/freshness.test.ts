import { expect, test } from 'vitest'
import type { Consensus, Role } from '../raft/contract.ts'
import { isFresh } from './freshness.ts'
import { readSettings } from './settings.ts'
import { defaultValues } from './testing/dns-agent.ts'

function consensus(role: Role, lastContactMs: number | undefined): Consensus {
  const partial: Partial<Consensus> = { role, lastContactMs: () => lastContactMs }
  return partial as Consensus
}

test.for([
  ['leader', undefined, { allowStale: false }, true],
  ['follower', 50, {}, true],
  ['follower', 50, { allowStale: false }, false],
  ['follower', 5001, { maxStale: 5000 }, false],
  ['candidate', 4000, { maxStale: 5000 }, true],
  ['follower', undefined, {}, false],
] as const)('a %s with the last word %s ms ago and %j is fresh: %s', ([role, lastContactMs, values, expected]) => {
  const settings = readSettings({ ...defaultValues, ...values })
  expect(isFresh(consensus(role, lastContactMs), settings)).toBe(expected)
})

test('a client asks any server, unless only the leader is believed', () => {
  expect(isFresh(undefined, readSettings(defaultValues))).toBe(true)
  expect(isFresh(undefined, readSettings({ ...defaultValues, allowStale: false }))).toBe(false)
})
