import { expect, test } from 'vitest'
import { Answer } from '../../src/store/answer.ts'
import type { LiveReply } from './contract.ts'
import { type Manner, renderAnswer } from './rendering.ts'
import { noContact } from './reply-headers.ts'

const manner: Manner = { pretty: false, consistency: undefined, backend: 'blocking-query', cache: [] }

function answerOf(text: string): Answer<string> {
  return new Answer({ encode: (value) => Buffer.from(JSON.stringify(value)), grew: () => {} }, text, 7)
}

function render(answer: Answer<string>, how: LiveReply['render'], shown = manner) {
  return renderAnswer([], { kind: 'live', query: undefined as never, render: how }, answer, shown, noContact)
}

test('a rendering is made once, and its answer is charged for it', () => {
  const answer = answerOf('x'.repeat(10_000))
  const first = render(answer, undefined)
  const plainBytes = answer.sizeBytes
  expect(plainBytes).toBeGreaterThan(10_000)
  expect(plainBytes).toBeLessThan(13_000)
  expect(render(answer, undefined)).toBe(first)
  expect(answer.sizeBytes).toBe(plainBytes)
  render(answer, undefined, { ...manner, pretty: true })
  expect(answer.sizeBytes).toBeGreaterThan(plainBytes + 10_000)
})

test('a compressed body is charged too, and holds no more memory than its bytes', async () => {
  const answer = answerOf('x'.repeat(10_000))
  const rendering = render(answer, undefined)
  const plainBytes = answer.sizeBytes
  const { body } = await rendering.packed()
  expect(answer.sizeBytes - plainBytes).toBeGreaterThan(body.length)
  expect((body as Buffer).buffer.byteLength).toBe(body.length)
  const chargedBytes = answer.sizeBytes
  await rendering.packed()
  expect(answer.sizeBytes).toBe(chargedBytes)
})

test('of render functions made for each request only the newest renderings stay', async () => {
  const answer = answerOf('')
  const sizes: number[] = []
  for (let at = 0; at < 30; at++) {
    const rendering = render(answer, () => ({ status: 200, type: 'text/plain', body: `${at}`.padEnd(5000) }))
    await rendering.packed()
    sizes.push(answer.sizeBytes)
  }
  expect(sizes[7]).toBeGreaterThan(8 * 5000)
  expect(Math.max(...sizes)).toBeLessThan(sizes[7]! + 1000)
  expect(sizes.at(-1)).toBeLessThan(sizes[7]! + 1000)
})
