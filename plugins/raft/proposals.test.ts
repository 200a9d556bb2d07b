import { describe, expect, test } from 'vitest'
import { LeadershipLostError } from './errors.ts'
import { Proposals } from './proposals.ts'

describe('who waits for an entry', () => {
  test('gets what came of it, and no other entry is taken for it', async () => {
    const proposals = new Proposals()
    const third = proposals.wait(3, 1, undefined)
    const fifth = proposals.wait(5, 1, undefined)
    expect(proposals.size).toBe(2)
    proposals.applied(2, 1, 'two')
    proposals.applied(3, 1, 'three')
    proposals.applied(4, 1, 'four')
    expect(proposals.size).toBe(1)
    proposals.refused(5, 1, new Error('no'))
    expect(await third).toBe('three')
    await expect(fifth).rejects.toThrow('no')
    expect(proposals.size).toBe(0)
  })

  test('hears that leadership was lost when another entry stands there', async () => {
    const proposals = new Proposals()
    const waits = [proposals.wait(3, 1, undefined), proposals.wait(4, 1, undefined)]
    proposals.applied(3, 2, 'of another')
    proposals.refused(4, 2, new Error('to another'))
    for (const wait of waits) await expect(wait).rejects.toThrow(LeadershipLostError)
  })

  test('hears it too when a snapshot went past the entry, or the log was cut back before it', async () => {
    const proposals = new Proposals()
    const passed = proposals.wait(3, 1, undefined)
    const reached = proposals.wait(9, 1, undefined)
    const cut = proposals.wait(10, 1, undefined)
    const later = proposals.wait(10, 2, undefined)
    proposals.applied(9, 1, 'nine')
    proposals.applied(10, 2, 'ten')
    for (const wait of [passed, cut]) await expect(wait).rejects.toThrow(LeadershipLostError)
    expect([await reached, await later]).toEqual(['nine', 'ten'])
  })

  test('may go away; those behind get theirs', async () => {
    const proposals = new Proposals()
    const gone = new AbortController()
    const first = proposals.wait(1, 1, gone.signal)
    const second = proposals.wait(2, 1, new AbortController().signal)
    gone.abort(new Error('gone'))
    await expect(first).rejects.toThrow('gone')
    proposals.applied(1, 1, 'one')
    proposals.applied(2, 1, 'two')
    expect(await second).toBe('two')
  })

  test('is told when nobody will be served any more', async () => {
    const proposals = new Proposals()
    const served = proposals.wait(1, 1, undefined)
    const waits = [2, 3].map((index) => proposals.wait(index, 1, undefined))
    proposals.applied(1, 1, 'one')
    proposals.rejectAll(() => new Error('ended'))
    expect(await served).toBe('one')
    for (const wait of waits) await expect(wait).rejects.toThrow('ended')
    expect(proposals.size).toBe(0)
    const next = proposals.wait(2, 2, undefined)
    proposals.applied(2, 2, 'again')
    expect(await next).toBe('again')
  })

  test('is one of many thousands in a row, each with its own result', async () => {
    const proposals = new Proposals()
    const waits: Promise<unknown>[] = []
    for (let index = 1; index <= 5000; index++) {
      waits.push(proposals.wait(index, 1, undefined))
      if (index > 64) proposals.applied(index - 64, 1, index - 64)
      expect(proposals.size).toBe(Math.min(index, 64))
    }
    for (let index = 4937; index <= 5000; index++) proposals.applied(index, 1, index)
    expect(await Promise.all(waits)).toEqual(waits.map((_, at) => at + 1))
  })
})
