import { expect, test } from 'vitest'
import type { Consensus, Role } from '../raft/contract.ts'
import { mayAnswer } from './freshness.ts'
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
] as const)('a %s with the last word %s ms ago and %j may answer: %s', ([role, lastContactMs, values, expected]) => {
  const settings = readSettings({ ...defaultValues, ...values })
  expect(mayAnswer(consensus(role, lastContactMs), settings)).toBe(expected)
})

test('without consensus there is nothing to be behind of', () => {
  expect(mayAnswer(undefined, readSettings(defaultValues))).toBe(true)
})
