import { describe, expect, test } from 'vitest'
import type { CheckStatus } from './contract.ts'
import { countAttempt, noStreak } from './threshold.ts'

/** Which of the attempts settle. */
function settling(found: readonly CheckStatus[], successBeforePassing: number, failuresBeforeCritical: number) {
  let streak = noStreak
  return found.map((status) => {
    const counted = countAttempt(streak, status, { successBeforePassing, failuresBeforeCritical })
    streak = counted.streak
    return counted.settles
  })
}

describe('thresholds', () => {
  test('of zero let every attempt settle', () => {
    expect(settling(['passing', 'critical', 'warning'], 0, 0)).toEqual([true, true, true])
  })

  test('hold a failure back until so many came in a row', () => {
    expect(settling(['critical', 'critical', 'passing', 'critical', 'critical', 'critical'], 0, 3)).toEqual([
      false,
      false,
      true,
      false,
      false,
      true,
    ])
  })

  test('hold a success back too, and count a warning as one', () => {
    expect(settling(['passing', 'warning', 'critical', 'passing', 'passing'], 2, 0)).toEqual([
      false,
      true,
      true,
      false,
      true,
    ])
  })
})
