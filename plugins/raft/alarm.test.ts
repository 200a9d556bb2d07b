import { expect, test } from 'vitest'
import { VirtualClock } from '../../src/testing/virtual-clock.ts'
import { Alarm } from './alarm.ts'

function alarm() {
  const clock = new VirtualClock()
  const startMs = clock.monotonicMs()
  const rung: number[] = []
  const ours = new Alarm(clock, () => rung.push(clock.monotonicMs() - startMs))
  return { clock, rung, set: (inMs: number) => ours.set(startMs + inMs), end: () => ours.end() }
}

test('an alarm rings once, at the moment it was last set to', async () => {
  const { clock, rung, set } = alarm()
  set(100)
  set(30)
  await clock.advance(20)
  set(50)
  await clock.advance(25)
  expect(rung).toEqual([])
  await clock.advance(200)
  expect(rung).toEqual([50])
  set(300)
  await clock.advance(100)
  expect(rung).toEqual([50, 300])
})

test('an alarm that is set to never, or ended, does not ring', async () => {
  const { clock, rung, set, end } = alarm()
  set(10)
  set(20)
  set(Number.POSITIVE_INFINITY)
  await clock.advance(50)
  set(60)
  end()
  await clock.advance(50)
  expect(rung).toEqual([])
})
