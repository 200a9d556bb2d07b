import { expect, test } from 'vitest'
import { BroadcastQueue, retransmitLimit } from './broadcasts.ts'

const text = (messages: readonly Buffer[]) => messages.map(String)

test.for([
  [1, 4],
  [9, 4],
  [10, 8],
  [99, 8],
  [100, 12],
  [1000, 16],
])('a pool of %i sends each message %i times with the default multiplier', ([members, times]) => {
  expect(retransmitLimit(4, members!)).toBe(times)
})

test('a message leaves the queue once it was sent as often as the limit says', () => {
  const queue = new BroadcastQueue(2)
  let finished = 0
  queue.add(Buffer.from('news'), { done: () => finished++ })
  expect(text(queue.take(2, 100, 5))).toEqual(['news'])
  expect(finished).toBe(0)
  expect(text(queue.take(2, 100, 5))).toEqual(['news'])
  expect(finished).toBe(1)
  expect(queue.take(2, 100, 5)).toEqual([])
  expect(queue.size).toBe(0)
})

test('what was sent least goes first, then the longest, then the newest', () => {
  const queue = new BroadcastQueue(4)
  queue.add(Buffer.from('sent'))
  queue.take(0, 100, 5)
  queue.add(Buffer.from('aa'))
  queue.add(Buffer.from('long'))
  queue.add(Buffer.from('bb'))
  expect(text(queue.take(0, 100, 5))).toEqual(['long', 'bb', 'aa', 'sent'])
})

test('a packet is filled with the largest messages that still fit, each with its overhead', () => {
  const queue = new BroadcastQueue(4)
  for (const length of [50, 30, 20, 9]) queue.add(Buffer.alloc(length, `${length}`[0]))
  const taken = queue.take(2, 74, 5).map(({ length }) => length)
  expect(taken).toEqual([50, 20])
  expect(queue.take(2, 1, 5)).toEqual([])
})

test('a message is taken at most once per packet', () => {
  const queue = new BroadcastQueue(4)
  queue.add(Buffer.from('a'))
  expect(queue.take(0, 100, 100)).toHaveLength(1)
})

test('a newer message about the same thing takes the place of the older', () => {
  const queue = new BroadcastQueue(4)
  let finished = 0
  queue.add(Buffer.from('x is suspect'), { key: 'x', done: () => finished++ })
  queue.take(2, 100, 5)
  queue.add(Buffer.from('x is alive'), { key: 'x' })
  expect(finished).toBe(1)
  expect(queue.size).toBe(1)
  expect(text(queue.take(2, 100, 5))).toEqual(['x is alive'])
})

test('who waits for a message may queue the next one about the same thing at once', () => {
  const queue = new BroadcastQueue(1)
  queue.add(Buffer.from('first'), { key: 'x', done: () => queue.add(Buffer.from('second'), { key: 'y' }) })
  queue.add(Buffer.from('other'), { key: 'y' })
  expect(text(queue.take(0, 100, 5)).sort()).toEqual(['first', 'other'])
  expect(text(queue.take(0, 100, 5))).toEqual(['second'])
  expect(queue.size).toBe(0)
})

test('messages without a key are never replaced', () => {
  const queue = new BroadcastQueue(4)
  queue.add(Buffer.from('one'))
  queue.add(Buffer.from('two'))
  expect(queue.size).toBe(2)
})

test('a replacement that was itself sent often enough frees its key', () => {
  const queue = new BroadcastQueue(1)
  queue.add(Buffer.from('old'), { key: 'x' })
  queue.take(0, 100, 5)
  queue.add(Buffer.from('new'), { key: 'x' })
  expect(text(queue.take(0, 100, 5))).toEqual(['new'])
})

test('pruning drops what was sent most and tells those who wait', () => {
  const queue = new BroadcastQueue(4)
  const finished: string[] = []
  const add = (name: string) => queue.add(Buffer.from(name), { key: name, done: () => finished.push(name) })
  add('old')
  queue.take(0, 100, 5)
  add('fresh')
  queue.prune(1)
  expect(finished).toEqual(['old'])
  expect(text(queue.take(0, 100, 5))).toEqual(['fresh'])
})

test('a thousand messages of mixed length each leave after the same number of transmissions', () => {
  const queue = new BroadcastQueue(1)
  const sent = new Map<string, number>()
  for (let number = 0; number < 1000; number += 1) queue.add(Buffer.from(`${number}`.padEnd(10 + (number % 90), '.')))
  while (queue.size > 0) {
    const packet = queue.take(2, 300, 999)
    expect(packet.reduce((sum, { length }) => sum + length + 2, 0)).toBeLessThanOrEqual(300)
    for (const message of packet) sent.set(String(message), (sent.get(String(message)) ?? 0) + 1)
  }
  expect(sent.size).toBe(1000)
  expect(new Set(sent.values())).toEqual(new Set([3]))
})

test('a message that waits holds no more memory than its bytes', () => {
  const queue = new BroadcastQueue(4)
  queue.add(Buffer.from('cut from a pool'))
  const [message] = queue.take(0, 100, 1)
  expect(message?.toString()).toBe('cut from a pool')
  expect(message?.buffer.byteLength).toBe(message?.length)
})
