import { describe, expect, test } from 'vitest'
import { FetchedAnswers, forgottenAfterMs } from './fetched-answers.ts'

function newAnswers(entriesMax = 3, totalBytesMax = 1000) {
  return new FetchedAnswers({ entriesMax, totalBytesMax })
}

describe('a fetched answer', () => {
  test('is found with the time it was fetched at, until another takes its place', () => {
    const answers = newAnswers()
    expect(answers.find('a', 1)).toBeUndefined()
    answers.keep('a', Buffer.from('one'), 2)
    expect(answers.find('a', 3)).toMatchObject({ bytes: Buffer.from('one'), fetchedAtMs: 2 })
    answers.keep('a', Buffer.from('two'), 4)
    expect(answers.find('a', 5)).toMatchObject({ bytes: Buffer.from('two'), fetchedAtMs: 4 })
    expect(answers).toMatchObject({ size: 1, totalBytes: 5 })
  })

  test('does not change with the bytes it came in', () => {
    const answers = newAnswers()
    const bytes = Buffer.from('one')
    answers.keep('a', bytes, 0)
    bytes.fill(0)
    expect(String(answers.find('a', 0)?.bytes)).toBe('one')
  })

  test('lives for three days after somebody asked for it', () => {
    const answers = newAnswers()
    answers.keep('a', Buffer.from('x'), 0)
    expect(answers.find('a', forgottenAfterMs - 1)).toBeDefined()
    expect(answers.find('a', 2 * forgottenAfterMs - 2)).toMatchObject({ fetchedAtMs: 0 })
    expect(answers.find('a', 3 * forgottenAfterMs)).toBeUndefined()
    expect(answers).toMatchObject({ size: 0, totalBytes: 0 })
  })

  test('that was asked for longest ago makes room for others', () => {
    const answers = newAnswers(2)
    answers.keep('a', Buffer.from('x'), 0)
    answers.keep('b', Buffer.from('x'), 1)
    answers.find('a', 2)
    answers.keep('c', Buffer.from('x'), 3)
    expect(answers.find('b', 4)).toBeUndefined()
    expect(answers.find('a', 4)).toBeDefined()
  })

  test('makes room by size, too, and is not kept when it is larger than all may be', () => {
    const answers = newAnswers(10, 100)
    answers.keep('a', Buffer.alloc(60), 0)
    answers.keep('b', Buffer.alloc(60), 1)
    expect(answers.find('a', 2)).toBeUndefined()
    expect(answers.totalBytes).toBe(62)
    answers.keep('b', Buffer.alloc(200), 3)
    expect(answers).toMatchObject({ size: 0, totalBytes: 0 })
  })
})
