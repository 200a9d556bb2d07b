import { expect, test } from 'vitest'
import { checkRecovered } from './recovery.ts'

const log = { snapshotIndex: 0, snapshotTerm: 0, firstIndex: 1, lastIndex: 0, termRuns: [], tail: [] }
const found = { hardState: { term: 2, votedFor: 'b' }, log, configurations: [], snapshots: [] }

test('a snapshot of a later term than was noted brings the server into that term, without a vote', () => {
  const behind = { ...log, snapshotIndex: 9, snapshotTerm: 3, firstIndex: 10, lastIndex: 9 }
  expect(checkRecovered('raft.db', { ...found, log: behind }).hardState).toEqual({ term: 3, votedFor: undefined })
})

test('an entry of a later term than was noted is damage', () => {
  const ahead = { ...log, lastIndex: 1, termRuns: [{ from: 1, term: 3 }] }
  expect(() => checkRecovered('raft.db', { ...found, log: ahead })).toThrow('later term than the server knows')
})
