import { expect, test } from 'vitest'
import { runSeeds } from './run-seeds.ts'
import { simulate } from './simulate.ts'

test('a seed decides everything: the same seed, the same run', async () => {
  const [first, second]: string[][] = [[], []]
  await simulate(11, { trace: (line) => first!.push(line) })
  await simulate(11, { trace: (line) => second!.push(line) })
  expect(first!.length).toBeGreaterThan(300)
  expect(second).toEqual(first)
})

test('2000 clusters keep every promise through every kind of trouble', async () => {
  const { seeds, failures, totals } = await runSeeds({ from: 1, count: 2000, workers: 2 })
  expect(failures).toEqual([])
  expect(seeds).toBe(2000)
  // The trouble must not be so bad that nothing happens, or the checks would check nothing.
  const atLeast = {
    committed: 60_000,
    terms: 6000,
    'requests.done': 100_000,
    'requests.unknown': 2000,
    'servers.elections': 4000,
    'servers.installs': 500,
    'servers.snapshots': 5000,
    'servers.tornWrites': 100,
    'servers.unacknowledgedWrites': 50,
    'servers.stalls': 400,
    'servers.dividedWrites': 200,
  }
  for (const [name, least] of Object.entries(atLeast)) expect([name, totals[name]! >= least]).toEqual([name, true])
  for (const [name, count] of Object.entries(totals)) {
    if (name.startsWith('faults.') || name.startsWith('network.')) expect([name, count > 500]).toEqual([name, true])
  }
  expect(totals.undecided).toBe(0)
}, 180_000)
