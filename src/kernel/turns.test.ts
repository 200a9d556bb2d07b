import { expect, test } from 'vitest'
import { Turns } from './turns.ts'

test('work is done in the order in which it came, also behind work that failed', async () => {
  const turns = new Turns()
  const { signal } = new AbortController()
  const done: string[] = []
  const gate = Promise.withResolvers<void>()
  const first = turns.take(signal, async () => {
    await gate.promise
    done.push('first')
    throw new Error('first failed')
  })
  const second = turns.take(signal, async () => void done.push('second'))
  expect(done).toEqual([])
  gate.resolve()
  await expect(first).rejects.toThrow('first failed')
  await second
  expect(done).toEqual(['first', 'second'])
})

test('work whose signal aborted while it waited is not begun', async () => {
  const turns = new Turns()
  const abort = new AbortController()
  const gate = Promise.withResolvers<void>()
  const first = turns.take(new AbortController().signal, () => gate.promise)
  let begun = false
  const second = turns.take(abort.signal, async () => {
    begun = true
  })
  abort.abort(new Error('over'))
  gate.resolve()
  await first
  await expect(second).rejects.toThrow('over')
  expect(begun).toBe(false)
})
