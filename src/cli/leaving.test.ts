import { expect, test } from 'vitest'
import { VirtualClock } from '../testing/virtual-clock.ts'
import { leaveInTime, leavesOn } from './leaving.ts'

test.for([
  ['SIGINT', 'server', {}, false],
  ['SIGINT', 'client', {}, true],
  ['SIGTERM', 'server', {}, false],
  ['SIGTERM', 'client', {}, true],
  ['SIGINT', 'server', { skipLeaveOnInterrupt: false }, true],
  ['SIGINT', 'client', { skipLeaveOnInterrupt: true }, false],
  ['SIGTERM', 'server', { leaveOnTerminate: true }, true],
  ['SIGTERM', 'client', { leaveOnTerminate: false }, false],
] as const)('%s to a %s with %j: leaves = %j', ([signal, kind, settings, leaves]) => {
  const nothingSaid = { leaveOnTerminate: undefined, skipLeaveOnInterrupt: undefined }
  expect(leavesOn(signal, { server: kind === 'server', ...nothingSaid, ...settings })).toBe(leaves)
})

test('a goodbye that never ends is given up after 15 seconds, one that ends is not waited for longer', async () => {
  const clock = new VirtualClock()
  const stuck = leaveInTime(() => new Promise(() => {}), clock)
  await clock.advance(15_000)
  expect(await stuck).toBe(false)
  expect(await leaveInTime(async () => {}, clock)).toBe(true)
  expect(clock.pending).toBe(0)
})
