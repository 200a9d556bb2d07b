import type { Database } from 'better-sqlite3'
import type { Server } from './contract.ts'
import { decodeConfiguration } from './core/configuration.ts'
import type { TermRun } from './core/term-runs.ts'
import { MembershipError } from './errors.ts'
import { openReadOnly } from './storage/sqlite-file.ts'

/** How far one server's log goes, read from its raft.db. */
export interface LogReport {
  /** Last entry, in the log or covered by the snapshot; 0 for a server that never took part. */
  readonly lastIndex: number
  readonly lastTerm: number
  readonly snapshotIndex: number
  readonly termRuns: readonly TermRun[]
  /** The newest membership it knows. */
  readonly servers: readonly Server[]
}

/** A data directory that is to be part of the recovered cluster. */
export interface RecoveredServer extends LogReport {
  readonly dir: string
  readonly id: string
}

export interface RecoveryPlan {
  /** The membership that every directory gets. */
  readonly servers: readonly Server[]
  /** Members so far that will be none any more. */
  readonly dropped: readonly Server[]
  /** The directory with the longest log: its entries are the ones that stay. */
  readonly newest: RecoveredServer
  /** The others, and what is not the same in them. */
  readonly behind: readonly {
    readonly server: RecoveredServer
    readonly missing: number
    readonly contradicting: number
  }[]
}

/** Reads how far a log goes, without the right to write. @throws a StorageError */
export function readLogReport(path: string): LogReport {
  const database = openReadOnly(path)
  try {
    return database.transaction(() => report(database))()
  } finally {
    database.close()
  }
}

function report(database: Database): LogReport {
  const range = database.prepare('SELECT max("index") AS last FROM log').get() as { last: number | null }
  const termRuns = database.prepare('SELECT min("index") AS "from", term FROM log GROUP BY term ORDER BY 1').all()
  const newest = database
    .prepare(
      'SELECT "index", term, configuration, configuration_index AS since FROM snapshots WHERE complete ORDER BY id DESC LIMIT 1',
    )
    .get() as { index: number; term: number; configuration: Buffer; since: number } | undefined
  const inLog = database
    .prepare('SELECT "index" AS since, data AS configuration FROM log WHERE type = 5 ORDER BY "index" DESC LIMIT 1')
    .get() as { since: number; configuration: Buffer } | undefined
  const membership = (inLog?.since ?? 0) >= (newest?.since ?? 0) ? inLog : newest
  const runs = termRuns as TermRun[]
  const lastIndex = Math.max(range.last ?? 0, newest?.index ?? 0)
  const logIsNewest = (range.last ?? 0) >= (newest?.index ?? 0)
  return {
    lastIndex,
    lastTerm: (logIsNewest ? runs.at(-1)?.term : newest?.term) ?? 0,
    snapshotIndex: newest?.index ?? 0,
    termRuns: runs,
    servers: membership ? decodeConfiguration(membership.configuration) : [],
  }
}

/**
 * What becomes of a cluster that goes on with these directories only. `added` are servers whose directory is not here, and
 * addresses that differ from those known.
 *
 * @throws MembershipError when there is no cluster to recover, or somebody's address is not known
 */
export function planRecovery(found: readonly RecoveredServer[], added: readonly Server[] = []): RecoveryPlan {
  const twice = found.find(({ id }, at) => found.findIndex((other) => other.id === id) !== at)
  if (twice) throw new MembershipError(`${twice.dir} is of the server ${twice.id}, like another directory named here`)
  const newest = found.reduce((best, server) => (isBehind(best, server) ? server : best))
  if (newest.lastIndex === 0) throw new MembershipError(`${newest.dir} never was part of a cluster: nothing to recover`)
  const known = [...newest.servers, ...found.flatMap(({ servers }) => servers)]
  const here = found.map(({ id, dir }): Server => {
    const server = added.find((other) => other.id === id) ?? known.find((other) => other.id === id)
    if (server === undefined) {
      throw new MembershipError(
        `${dir}: the address of its server ${id} is not known; give it with -server=${id}=ADDRESS`,
      )
    }
    return server
  })
  const elsewhere = added.filter(({ id }) => !here.some((server) => server.id === id))
  const named = [...here, ...elsewhere]
  const voters = named.some(({ suffrage }) => suffrage === 'voter')
  const servers = voters ? named : named.map((server): Server => ({ ...server, suffrage: 'voter' }))
  return {
    servers,
    dropped: newest.servers.filter(({ id }) => !servers.some((server) => server.id === id)),
    newest,
    behind: found
      .filter((server) => server !== newest)
      .map((server) => {
        const agreeing = lastAgreeing(newest, server)
        return { server, missing: newest.lastIndex - agreeing, contradicting: server.lastIndex - agreeing }
      }),
  }
}

/** As voters compare logs (Raft paper §5.4.1). */
function isBehind(one: LogReport, other: LogReport): boolean {
  if (one.lastTerm !== other.lastTerm) return one.lastTerm < other.lastTerm
  return one.lastIndex < other.lastIndex
}

/** The last entry that both have: equal terms at one index mean equal logs up to there (Raft paper §5.3). */
function lastAgreeing(one: LogReport, other: LogReport): number {
  let index = Math.min(one.lastIndex, other.lastIndex)
  while (index > 0) {
    const terms = [termAt(one, index), termAt(other, index)]
    if (terms[0] === undefined || terms[1] === undefined || terms[0] === terms[1]) break
    index--
  }
  return index
}

/** Undefined where a snapshot stands for the log, which only holds what was committed. */
function termAt({ termRuns, lastIndex, lastTerm }: LogReport, index: number): number | undefined {
  if (index === lastIndex) return lastTerm
  return termRuns.findLast(({ from }) => from <= index)?.term
}
