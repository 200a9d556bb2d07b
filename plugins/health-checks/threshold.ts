import type { CheckStatus } from './contract.ts'

/** How many attempts in a row ended well, and how many badly; one of the two is 0. */
export interface Streak {
  readonly successes: number
  readonly failures: number
}

export const noStreak: Streak = { successes: 0, failures: 0 }

export interface Thresholds {
  /** Attempts in a row that must end passing or warning before that becomes the check's status. */
  readonly successBeforePassing: number
  /** Attempts in a row that must fail before the check becomes critical. */
  readonly failuresBeforeCritical: number
}

/** Counts one more attempt. `settles` tells whether its result becomes the check's status. */
export function countAttempt(
  { successes, failures }: Streak,
  found: CheckStatus,
  { successBeforePassing, failuresBeforeCritical }: Thresholds,
): { readonly streak: Streak; readonly settles: boolean } {
  if (found === 'critical') {
    return { streak: { successes: 0, failures: failures + 1 }, settles: failures + 1 >= failuresBeforeCritical }
  }
  return { streak: { successes: successes + 1, failures: 0 }, settles: successes + 1 >= successBeforePassing }
}
