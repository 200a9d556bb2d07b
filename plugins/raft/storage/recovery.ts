import type { Entry } from '../core/messages.ts'
import type { TermRun } from '../core/term-runs.ts'
import { StorageCorruptError } from './errors.ts'
import type { Recovered } from './log-store.ts'

/** Where each term begins in consecutive entries. */
export function termRunsOf(entries: Iterable<Pick<Entry, 'index' | 'term'>>): TermRun[] {
  const runs: { from: number; term: number }[] = []
  for (const { index, term } of entries) {
    if (runs.at(-1)?.term !== term) runs.push({ from: index, term })
  }
  return runs
}

/**
 * Refuses a log that cannot be what a server wrote: a hole between snapshot and log, or terms out of order. A log that ends
 * before the newest snapshot is no error: the server crashed after it stored a snapshot of the leader's and before it
 * dropped its own log. The snapshot stands for all of it.
 */
export function checkRecovered(path: string, recovered: Recovered): Recovered {
  const { log, hardState, snapshots } = recovered
  const { firstIndex, lastIndex, snapshotIndex, snapshotTerm, termRuns } = log
  const wrong = (reason: string) => new StorageCorruptError(path, reason)
  for (const [at, run] of termRuns.entries()) {
    if (at > 0 && run.term < termRuns[at - 1]!.term) throw wrong(`the term falls at entry ${run.from}`)
  }
  const lastTerm = termRuns.at(-1)?.term ?? 0
  if (snapshotTerm > hardState.term) {
    // It crashed after it stored a snapshot of a leader's and before it noted that leader's term: it has not voted in it.
    return checkRecovered(path, { ...recovered, hardState: { term: snapshotTerm, votedFor: undefined } })
  }
  if (lastTerm > hardState.term) throw wrong('an entry is of a later term than the server knows')
  if (firstIndex > lastIndex) return recovered
  const termAtSnapshot = termRuns.findLast((run) => run.from <= snapshotIndex)?.term
  const overtaken = lastIndex < snapshotIndex || (firstIndex <= snapshotIndex && termAtSnapshot !== snapshotTerm)
  if (overtaken) {
    const empty = { firstIndex: snapshotIndex + 1, lastIndex: snapshotIndex, termRuns: [], tail: [] }
    return { hardState, snapshots, configurations: [], log: { ...log, ...empty } }
  }
  if (firstIndex > snapshotIndex + 1) {
    throw wrong(`entries ${snapshotIndex + 1} to ${firstIndex - 1} are in neither the log nor a snapshot`)
  }
  return recovered
}
