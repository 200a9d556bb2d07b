import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { LiveQuery, Question } from './live-query.ts'
import { kept, NaiveState, type Pair, pairs, question } from './naive.fixture.ts'
import { Store } from './store.ts'
import type { FrozenView } from './view.ts'

const keys = ['', 'a', 'a/', 'a/b', 'a/c', 'a\0b', 'b', 'b\uffff', '\uffff']
const key = fc.constantFrom(...keys)
const tag = fc.constantFrom('', 'r', 'red', 'red\0', 's')
const pair = fc.record({
  Key: key,
  Value: fc.constantFrom('x', 'y', 'a', 'bad', 'boom'),
  Tags: fc.array(tag, { maxLength: 3 }),
  Owner: fc.constantFrom('', '', 'me', 'you'),
})

const questions: Question<unknown>[] = [
  ...keys.map((it) => question(`get ${it}`, (view) => view.table(pairs).get(it))),
  ...keys.map((it) => question(`list ${it}`, (view) => view.table(pairs).list(it))),
  ...keys.map((it) => question(`count ${it}`, (view) => view.table(pairs).count(it))),
  ...keys.map((it) => question(`first ${it}`, (view) => view.table(pairs).first(it))),
  question('range', (view) => view.table(pairs).range('a/', 'b')),
  question('empty range', (view) => view.table(pairs).range('b', 'a')),
  ...['', 'r', 'red'].map((it) => question(`tag ${it}`, (view) => view.table(pairs).index('byTag').get(it))),
  ...['', 'r', 'red'].map((it) => question(`tags ${it}`, (view) => view.table(pairs).index('byTag').list(it))),
  question('tagged', (view) => view.table(pairs).index('byTag').count('r')),
  question('owner', (view) => view.table(pairs).index('byOwner').first('me')),
  question('names', (view) =>
    view
      .table(pairs)
      .list()
      .map((row) => row.Key),
  ),
  question('follow a', (view) => view.table(pairs).get(view.table(pairs).get('a')?.Value ?? 'b')),
  question('index rows', (view) => view.tableIndexes('service.')),
  question('constant', () => 'always'),
  question('fragile', (view) => {
    const row = view.table(pairs).get('a')
    if (row?.Value === 'bad') throw new Error('cannot read a bad row')
    return row
  }),
]
const asked = fc.nat(questions.length - 1)

interface Writing {
  readonly op: 'put' | 'restore'
  readonly row: Omit<Pair, 'CreateIndex' | 'ModifyIndex'>
}

interface Naming {
  readonly op: 'delete' | 'deletePrefix' | 'bump' | 'unbump'
  readonly key: string
}

type Op = Writing | Naming

const op: fc.Arbitrary<Op> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ op: fc.constantFrom('put' as const, 'restore' as const), row: pair }) },
  { weight: 3, arbitrary: fc.record({ op: fc.constantFrom('delete' as const, 'deletePrefix' as const), key }) },
  {
    weight: 2,
    arbitrary: fc.record({
      op: fc.constantFrom('bump' as const, 'unbump' as const),
      key: fc.constantFrom('pairs', 'service.x'),
    }),
  },
)

const step = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      step: fc.constant('transact' as const),
      ops: fc.array(op, { maxLength: 4 }),
      fails: fc.nat(3),
    }),
  },
  { weight: 4, arbitrary: fc.record({ step: fc.constant('read' as const), asked }) },
  {
    weight: 4,
    arbitrary: fc.record({ step: fc.constant('hold' as const), asked, ahead: fc.integer({ min: -2, max: 3 }) }),
  },
  { weight: 3, arbitrary: fc.record({ step: fc.constant('flush' as const) }) },
  { weight: 1, arbitrary: fc.record({ step: fc.constant('view' as const) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      step: fc.constant('replace' as const),
      rows: fc.array(pair, { maxLength: 3 }),
      back: fc.nat(3),
    }),
  },
)

interface Parked {
  readonly question: Question<unknown>
  readonly seen: string
  readonly minIndex: number
  readonly fromFuture: boolean
  replaced: boolean
  outcome: 'waits' | 'answered' | 'failed'
}

/** Drives a store and the naive state side by side. */
class Pairing {
  readonly store = new Store([pairs, kept], { queries: { maxEntries: 6, schedule: () => {} } })
  state = new NaiveState()
  readonly #views: { view: FrozenView; state: NaiveState }[] = []
  #parked: Parked[] = []
  #atFlush = new Map<Question<unknown>, string>()

  constructor() {
    this.store.onChange(pairs, (tx, { after }) => {
      if (after !== undefined) tx.table(kept).put(after)
      if (after?.Value === 'boom') throw new Error('a listener objects')
    })
  }

  transact(ops: readonly Op[], fails: boolean): void {
    const index = this.state.index + 1
    const next = this.state.clone()
    next.index = index
    let refused = fails
    for (const it of ops) refused ||= !applyNaively(next, it)
    const run = () =>
      this.store.transact(index, (tx) => {
        for (const it of ops) {
          const table = tx.table(pairs)
          if (it.op === 'put') table.put(it.row)
          else if (it.op === 'restore') table.restore({ ...it.row, CreateIndex: 1, ModifyIndex: 1 })
          else if (it.op === 'delete') table.delete(it.key)
          else if (it.op === 'bump') tx.setTableIndex(it.key)
          else if (it.op === 'unbump') tx.deleteTableIndex(it.key)
          else if (it.op === 'deletePrefix') for (const row of table.list(it.key)) table.delete(row.Key)
        }
        if (fails) throw new Error('the command objects')
      })
    if (refused) expect(run).toThrow()
    else {
      run()
      this.state = next
    }
  }

  replace(rows: readonly Omit<Pair, 'CreateIndex' | 'ModifyIndex'>[], back: number): void {
    const other = this.store.blank()
    const next = new NaiveState()
    next.index = Math.max(1, this.state.index - back)
    other.transact(next.index, (tx) => {
      for (const row of rows) {
        if (!applyNaively(next, { op: 'restore', row })) continue
        tx.table(pairs).restore({ ...row, CreateIndex: 1, ModifyIndex: 1 })
      }
    })
    this.store.replaceWith(other)
    this.state = next
    for (const it of this.#parked) it.replaced = true
  }

  read(it: Question<unknown>): void {
    const expected = outcome(it, this.state)
    const query = this.store.queries.ask(it)
    if (expected === 'throws') {
      expect(() => query.current()).toThrow('bad row')
      return
    }
    const answer = query.current()
    expect(answer.bytes.toString()).toBe(expected)
    expect(answer.index).toBe(it.index(this.state, it.read(this.state)))
    expect(JSON.stringify(answer.value ?? null)).toBe(expected)
  }

  hold(it: Question<unknown>, ahead: number): void {
    const seen = outcome(it, this.state)
    if (seen === 'throws') return
    const index = it.index(this.state, it.read(this.state))
    const minIndex = index + ahead
    const fromFuture = minIndex > this.state.index
    const parked: Parked = { question: it, seen, minIndex, fromFuture, replaced: false, outcome: 'waits' }
    const query: LiveQuery<unknown> = this.store.queries.ask(it)
    const answer = query.hold(minIndex, {
      answered: (now) => {
        expect(parked.outcome).toBe('waits')
        expect(now.bytes.toString()).toBe(outcome(it, this.state))
        parked.outcome = 'answered'
      },
      failed: () => {
        expect(parked.outcome).toBe('waits')
        parked.outcome = 'failed'
      },
    })
    if (ahead < 0) expect(answer!.bytes.toString()).toBe(seen)
    else expect(answer).toBeUndefined()
    if (answer === undefined) this.#parked.push(parked)
  }

  flush(): void {
    this.store.queries.flush()
    for (const it of this.#parked) expect(it.outcome, it.question.key).toBe(this.#expected(it))
    this.#parked = this.#parked.filter((it) => it.outcome === 'waits')
    this.#atFlush = new Map(questions.map((it) => [it, outcome(it, this.state)]))
  }

  keepView(): void {
    this.#views.push({ view: this.store.view(), state: this.state.clone() })
  }

  check(): void {
    this.#views.push({ view: this.store.view(), state: this.state })
    for (const { view, state } of this.#views) {
      expect(view.index).toBe(state.index)
      expect([...view.table(pairs).scan()]).toEqual(state.sorted())
      expect(view.tableIndexes()).toEqual(state.tableIndexes())
      for (const it of questions) expect(outcome(it, view), it.key).toBe(outcome(it, state))
    }
  }

  #expected(it: Parked): Parked['outcome'] {
    const now = outcome(it.question, this.state)
    if (now === 'throws') return 'failed'
    if (it.replaced) return 'answered'
    if (now === it.seen) return 'waits'
    if (!it.fromFuture) return 'answered'
    if (it.question.index(this.state, it.question.read(this.state)) <= it.minIndex) return 'waits'
    // The index passed the reader's own without a change to tell it by: both are right.
    return this.#atFlush.get(it.question) === now ? it.outcome : 'answered'
  }
}

function outcome(it: Question<unknown>, view: FrozenView | NaiveState): string {
  try {
    return it.encode(it.read(view)).toString()
  } catch {
    return 'throws'
  }
}

/** False when the store must refuse it. */
function applyNaively(state: NaiveState, it: Op): boolean {
  if (it.op === 'delete') state.rows.delete(it.key)
  else if (it.op === 'bump') state.names.set(it.key, state.index)
  else if (it.op === 'unbump') state.names.delete(it.key)
  else if (it.op === 'deletePrefix') {
    for (const held of [...state.rows.keys()]) if (held.startsWith(it.key)) state.rows.delete(held)
  } else if (it.op === 'put' || it.op === 'restore') {
    const { row } = it
    const taken = state.sorted().some((held) => row.Owner !== '' && held.Owner === row.Owner && held.Key !== row.Key)
    if (taken || (it.op === 'put' && row.Value === 'boom')) return false
    const CreateIndex = state.rows.get(row.Key)?.CreateIndex ?? state.index
    const stamp = it.op === 'put' ? { CreateIndex, ModifyIndex: state.index } : { CreateIndex: 1, ModifyIndex: 1 }
    state.rows.set(row.Key, { ...row, ...stamp })
  }
  return true
}

test('any sequence of transactions, reads, waits and restores goes as in a naive model', () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 5, maxLength: 40, size: 'max' }), (steps) => {
      const pairing = new Pairing()
      for (const it of steps) {
        if (it.step === 'transact') pairing.transact(it.ops, it.fails === 0)
        else if (it.step === 'read') pairing.read(questions[it.asked]!)
        else if (it.step === 'hold') pairing.hold(questions[it.asked]!, it.ahead)
        else if (it.step === 'view') pairing.keepView()
        else if (it.step === 'replace') pairing.replace(it.rows, it.back)
        else pairing.flush()
      }
      pairing.flush()
      pairing.check()
      for (const it of questions) pairing.read(it)
    }),
    { numRuns: 300, seed: 20_261_122 },
  )
}, 60_000)
