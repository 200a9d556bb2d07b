import { expect, test } from 'vitest'
import { VirtualClock } from '../testing/virtual-clock.ts'
import type { Fault } from './hooks.ts'
import { Tasks } from './tasks.ts'

function setup() {
  const clock = new VirtualClock()
  const faults: Fault[] = []
  return { clock, faults, tasks: new Tasks(clock, (fault) => faults.push(fault)) }
}

test('a repeating task runs once an interval until it is cancelled', async () => {
  const { clock, tasks } = setup()
  let runs = 0
  const cancel = tasks.every('p', 'count', 1000, () => void runs++)
  await clock.advance(3500)
  expect(runs).toBe(3)
  cancel()
  await clock.advance(5000)
  expect(runs).toBe(3)
  expect(clock.pending).toBe(0)
})

test('a run that throws is reported under its plugin and the task goes on', async () => {
  const { clock, tasks, faults } = setup()
  tasks.every('p', 'fails', 1000, () => {
    throw new Error('broken')
  })
  await clock.advance(2500)
  expect(faults).toHaveLength(2)
  expect(faults[0]).toMatchObject({ plugin: 'p', where: 'task fails' })
  expect(tasks.list()).toMatchObject([{ plugin: 'p', name: 'fails', state: 'waiting', runs: 2, faults: 2 }])
})

test('an interval given as a function is asked before each wait', async () => {
  const { clock, tasks } = setup()
  const waits = [100, 1000, 5000]
  let runs = 0
  tasks.every(
    'p',
    'backs off',
    () => waits[runs] ?? 60_000,
    () => void runs++,
  )
  await clock.advance(100)
  expect(runs).toBe(1)
  await clock.advance(999)
  expect(runs).toBe(1)
  await clock.advance(1)
  expect(runs).toBe(2)
})

test('a task ends with the signal it was begun under', async () => {
  const { clock, tasks } = setup()
  const leadership = new AbortController()
  let runs = 0
  tasks.every('p', 'duty', 1000, () => void runs++, leadership.signal)
  await clock.advance(1000)
  leadership.abort()
  await clock.advance(5000)
  expect(runs).toBe(1)
  expect(tasks.list()).toEqual([])
})

test('what a cancelled task throws on its way out is not a fault', async () => {
  const { tasks, faults } = setup()
  tasks.run(
    'p',
    'waits',
    (signal) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('aborted')))),
  )
  await tasks.cancel()
  expect(faults).toEqual([])
})
