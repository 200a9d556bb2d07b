import { describe, expect, test } from 'vitest'
import { VirtualClock } from '../../src/testing/virtual-clock.ts'
import type { RemoteAnswer } from './contract.ts'
import { SharedWatch } from './shared-watch.ts'

/** A server that is told when to answer. */
class FakeServer {
  readonly held: {
    readonly minIndex: number
    readonly signal: AbortSignal
    answer(index: number): void
    fail(error: Error): void
  }[] = []
  readonly fetched: { answer(index: number): void }[] = []

  hold(minIndex: number, signal: AbortSignal): Promise<RemoteAnswer<string>> {
    return new Promise((resolve, reject) => {
      const fail = (error: Error) => reject(error)
      this.held.push({ minIndex, signal, answer: (index) => resolve(answerOf(index)), fail })
      signal.addEventListener('abort', () => reject(signal.reason))
    })
  }

  fetch(): Promise<RemoteAnswer<string>> {
    return new Promise((resolve) => this.fetched.push({ answer: (index) => resolve(answerOf(index)) }))
  }
}

function answerOf(index: number): RemoteAnswer<string> {
  return { answer: { index, value: `at ${index}` }, contact: { known: true, lastContactMs: 0 } } as RemoteAnswer<string>
}

function newWatch() {
  const server = new FakeServer()
  const clock = new VirtualClock()
  let emptied = 0
  const watch = new SharedWatch(server, clock, () => void emptied++)
  return { server, clock, watch, emptied: () => emptied }
}

const soon = () => new Promise((resolve) => setImmediate(resolve))

describe('readers of one thing', () => {
  test('share a call, and none gets an answer from before it asked', async () => {
    const { server, watch } = newWatch()
    const first = watch.wait(5, 60_000)
    const others = [watch.wait(5, 60_000), watch.wait(5, 60_000)]
    expect(server.held.map(({ minIndex }) => minIndex)).toEqual([5])
    server.held[0]!.answer(6)
    expect((await first).answer.value).toBe('at 6')
    await soon()
    // Made after all of them had come, and answered at once by a server that is further on.
    expect(server.held.map(({ minIndex }) => minIndex)).toEqual([5, 5])
    server.held[1]!.answer(7)
    expect((await Promise.all(others)).map(({ answer }) => answer.value)).toEqual(['at 7', 'at 7'])
    expect(watch.readers).toBe(0)
    expect(server.held).toHaveLength(2)
  })

  test('wait on for what they have not seen', async () => {
    const { server, watch } = newWatch()
    const behind = watch.wait(5, 60_000)
    const ahead = watch.wait(9, 60_000)
    expect(watch.suits(4)).toBe(false)
    server.held[0]!.answer(7)
    await behind
    await soon()
    expect(server.held.at(-1)!.minIndex).toBe(9)
    server.held.at(-1)!.answer(10)
    expect((await ahead).answer.index).toBe(10)
  })

  test('are all answered by a server that has waited enough or went back', async () => {
    const { server, watch } = newWatch()
    const reader = watch.wait(5, 600_000)
    server.held[0]!.answer(3)
    expect((await reader).answer.index).toBe(3)
  })

  test('learn what went wrong', async () => {
    const { server, watch } = newWatch()
    const readers = [watch.wait(5, 60_000), watch.wait(5, 60_000)]
    server.held[0]!.fail(new Error('gone'))
    for (const reader of readers) await expect(reader).rejects.toThrow('gone')
    expect(watch.readers).toBe(0)
  })
})

describe('a reader', () => {
  test('whose time is over gets what there is, together with others', async () => {
    const { server, clock, watch, emptied } = newWatch()
    const readers = [watch.wait(5, 1000), watch.wait(5, 1000)]
    await clock.advance(1000)
    expect(server.fetched).toHaveLength(1)
    expect([emptied(), server.held[0]!.signal.aborted]).toEqual([1, true])
    server.fetched[0]!.answer(5)
    expect((await Promise.all(readers)).map(({ answer }) => answer.index)).toEqual([5, 5])
  })

  test('does not take what was fetched before it came', async () => {
    const { server, clock, watch } = newWatch()
    const early = watch.wait(5, 1000)
    await clock.advance(1000)
    const late = watch.wait(5, 1)
    await clock.advance(1)
    expect(server.fetched).toHaveLength(2)
    server.fetched[0]!.answer(5)
    server.fetched[1]!.answer(6)
    expect([(await early).answer.index, (await late).answer.index]).toEqual([5, 6])
  })

  test('that goes leaves the others waiting, and the last ends the call', async () => {
    const { server, watch, emptied, clock } = newWatch()
    const [one, two] = [new AbortController(), new AbortController()]
    const readers = [watch.wait(5, 60_000, one.signal), watch.wait(5, 60_000, two.signal)]
    one.abort(new Error('went away'))
    await expect(readers[0]).rejects.toThrow('went away')
    expect(server.held[0]!.signal.aborted).toBe(false)
    two.abort(new Error('went too'))
    await expect(readers[1]).rejects.toThrow('went too')
    expect([server.held[0]!.signal.aborted, emptied(), clock.pending]).toEqual([true, 1, 0])
  })

  test('that has gone before it asks is not waited for', async () => {
    const { server, watch } = newWatch()
    await expect(watch.wait(5, 1000, AbortSignal.abort(new Error('gone')))).rejects.toThrow('gone')
    expect(server.held).toEqual([])
  })
})
