import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { checkLinearizable, type Operation, partition } from './linearizable.ts'
import { checkRegisters, type RegisterInput, type RegisterOutput, register, withoutUnseen } from './register.ts'

type Op = Operation<RegisterInput, RegisterOutput>

const never = Number.POSITIVE_INFINITY
const key = 'k'

function set(value: string, calledAt: number, returnedAt: number): Op {
  const output = returnedAt === never ? undefined : ({ done: true } as const)
  return { client: 0, input: { key, op: 'set', value }, output, calledAt, returnedAt }
}

function read(value: string | undefined, calledAt: number, returnedAt: number): Op {
  return { client: 0, input: { key, op: 'read' }, output: { value }, calledAt, returnedAt }
}

function cas(expected: string | undefined, value: string, held: boolean, calledAt: number, returnedAt: number): Op {
  return { client: 0, input: { key, op: 'cas', expected, value }, output: { held }, calledAt, returnedAt }
}

function remove(calledAt: number, returnedAt: number): Op {
  return { client: 0, input: { key, op: 'delete' }, output: { done: true }, calledAt, returnedAt }
}

describe('a history that could have happened', () => {
  test.for<[string, Op[]]>([
    ['nothing at all', []],
    ['one request after another', [set('a', 1, 2), read('a', 3, 4), remove(5, 6), read(undefined, 7, 8)]],
    ['a read beside a write that finds the old value', [set('a', 1, 2), set('b', 3, 9), read('a', 4, 5)]],
    ['a read beside a write that finds the new value', [set('a', 1, 2), set('b', 3, 9), read('b', 4, 5)]],
    ['writes beside each other, seen in either order', [set('a', 1, 9), set('b', 2, 8), read('a', 10, 11)]],
    ['a write without an answer that is seen later', [set('a', 1, never), read(undefined, 2, 3), read('a', 4, 5)]],
    [
      'a write without an answer that is never seen',
      [set('a', 1, never), read(undefined, 2, 3), read(undefined, 4, 5)],
    ],
    [
      'a check-and-set that fails because of a write without an answer',
      [set('a', 1, 2), set('b', 3, never), cas('a', 'c', false, 4, 5), read('b', 6, 7)],
    ],
    [
      'a delete beside the write that it undoes',
      [remove(1, 9), set('a', 2, 3), read('a', 4, 5), read(undefined, 6, 7)],
    ],
    [
      'a chain of check-and-sets',
      [cas(undefined, 'a', true, 1, 2), cas('a', 'b', true, 3, 9), cas('a', 'c', false, 4, 8)],
    ],
  ])('%s passes', ([, history]) => {
    expect(checkLinearizable(history, register)).toBe('linearizable')
  })
})

describe('a history that cannot have happened', () => {
  test.for<[string, Op[]]>([
    ['a read of what nobody wrote', [read('a', 1, 2)]],
    ['a stale read', [set('a', 1, 2), set('b', 3, 4), read('a', 5, 6)]],
    ['a lost write', [set('a', 1, 2), read(undefined, 3, 4)]],
    ['a value from the future', [read('a', 1, 2), set('a', 3, 4)]],
    ['reads that go back in time beside a write', [set('a', 1, 9), read('a', 2, 3), read(undefined, 4, 5)]],
    ['two winners of one check-and-set', [set('a', 1, 2), cas('a', 'b', true, 3, 6), cas('a', 'c', true, 4, 5)]],
    ['a check-and-set that fails for no reason', [set('a', 1, 2), cas('a', 'b', false, 3, 4)]],
    ['a delete that left the value there', [set('a', 1, 2), remove(3, 4), read('a', 5, 6)]],
    [
      'a write without an answer that is seen, gone, and seen again',
      [set('a', 1, 2), set('b', 3, never), read('b', 4, 5), read('a', 6, 7)],
    ],
    [
      'readers who disagree about the order of two writes',
      [set('a', 1, 4), set('b', 2, 3), read('a', 5, 6), read('b', 7, 8)],
    ],
  ])('%s fails', ([, history]) => {
    expect(checkLinearizable(history, register)).toBe('not linearizable')
  })
})

/** Tries every order: slow, and too simple to be wrong. */
function bruteForce(left: readonly Op[], state: string | undefined): boolean {
  if (left.every(({ output }) => output === undefined)) return true
  const firstReturn = Math.min(...left.map(({ returnedAt }) => returnedAt))
  return left.some((operation) => {
    if (operation.calledAt > firstReturn) return false
    const next = register.step(state, operation.input, operation.output)
    return (
      next !== undefined &&
      bruteForce(
        left.filter((other) => other !== operation),
        next.state,
      )
    )
  })
}

const someValue = fc.constantFrom('a', 'b', undefined)
const someOperation = fc
  .record({
    kind: fc.constantFrom('set', 'cas', 'delete', 'delete-cas', 'read', 'read'),
    value: fc.constantFrom('a', 'b'),
    expected: someValue,
    found: someValue,
    held: fc.boolean(),
    calledAt: fc.integer({ min: 0, max: 20 }),
    tookMs: fc.integer({ min: 1, max: 8 }),
    answered: fc.integer({ min: 0, max: 4 }),
  })
  .map(({ kind, value, expected, found, held, calledAt, tookMs, answered }): Op => {
    const times = { client: 0, calledAt, returnedAt: calledAt + tookMs + 0.5 }
    const op: Op =
      kind === 'set'
        ? { ...times, input: { key, op: 'set', value }, output: { done: true } }
        : kind === 'cas'
          ? { ...times, input: { key, op: 'cas', expected, value }, output: { held } }
          : kind === 'delete'
            ? { ...times, input: { key, op: 'delete' }, output: { done: true } }
            : kind === 'delete-cas'
              ? { ...times, input: { key, op: 'delete-cas', expected }, output: { held } }
              : { ...times, input: { key, op: 'read' }, output: { value: found } }
    return answered > 0 || kind === 'read' ? op : { ...op, output: undefined, returnedAt: never }
  })

test('the verdict is that of trying every order', () => {
  let passed = 0
  fc.assert(
    fc.property(fc.array(someOperation, { minLength: 1, maxLength: 6 }), (history) => {
      const expected = bruteForce(history, undefined)
      if (expected) passed++
      const verdict = expected ? 'linearizable' : 'not linearizable'
      expect(checkLinearizable(history, register)).toBe(verdict)
      expect(checkLinearizable(withoutUnseen(history), register)).toBe(verdict)
    }),
    { numRuns: 3000, seed: 7 },
  )
  expect(passed).toBeGreaterThan(200)
})

test('a search that takes too long is given up as undecided', () => {
  const history = Array.from({ length: 12 }, (_, at) => set(`v${at}`, 1, 100))
  expect(checkLinearizable([...history, read('nothing of these', 200, 201)], register, 1000)).toBe('undecided')
})

test('writes that were never answered or seen do not make a search long', () => {
  const lost = Array.from({ length: 40 }, (_, at) => set(`lost${at}`, at, never))
  const failed = Array.from({ length: 6 }, (_, at) => [
    set(`v${at}`, 100 + 4 * at, 101 + 4 * at),
    cas(`v${at}`, 'other', false, 102 + 4 * at, 103 + 4 * at),
  ])
  const history = withoutUnseen([...lost, ...failed.flat(), read('v0', 200, 201)])
  expect(checkLinearizable(history, register, 10_000)).toBe('not linearizable')
})

test('a leader that dies again and again, with writes on their way, does not make a history undecided', () => {
  // Four clients: one of their writes is lost with each leader, while what the others do goes on.
  const history = Array.from({ length: 60 }, (_, kill) => {
    const at = kill * 100
    const lost = Array.from({ length: 4 }, (_, client) => set(`lost${kill}.${client}`, at + client, never))
    const done = Array.from({ length: 12 }, (_, turn) => {
      const from = at + 10 + 6 * turn
      return [set(`a${kill}.${turn}`, from, from + 4), set(`b${kill}.${turn}`, from + 1, from + 5)]
    })
    const last = `${kill % 2 === 0 ? 'a' : 'b'}${kill}.11`
    return [...lost, ...done.flat(), read(last, at + 90, at + 91), read(last, at + 92, at + 93)]
  }).flat()
  expect(checkRegisters(history)).toEqual(new Map([['k', 'linearizable']]))
})

test('keys are checked by themselves', () => {
  const other: Op = { ...read('b', 3, 4), input: { key: 'other', op: 'read' } }
  const parts = partition([set('a', 1, 2), other], (input) => input.key)
  expect([...parts.keys()]).toEqual(['k', 'other'])
  expect(checkLinearizable(parts.get('k')!, register)).toBe('linearizable')
  expect(checkLinearizable(parts.get('other')!, register)).toBe('not linearizable')
})
