import { existsSync, statSync } from 'node:fs'
import type { Server } from './contract.ts'
import { decodeConfiguration } from './core/configuration.ts'
import { decodeBody } from './entry-body.ts'
import { openReadOnly } from './storage/sqlite-file.ts'

/** What stands in a raft.db. Times are milliseconds since 1970 UTC. */
export interface DatabaseReport {
  readonly path: string
  readonly formatVersion: number
  readonly vote: { readonly term: number; readonly votedFor: string | null }
  /** Undefined when the log is empty. */
  readonly log: { readonly firstIndex: number; readonly lastIndex: number; readonly lastTerm: number } | undefined
  /** How often each kind of entry occurs, commands by name, most frequent first. */
  readonly kinds: readonly { readonly kind: string; readonly entries: number; readonly sizeBytes: number }[]
  /** The newest membership in log or snapshot. */
  readonly peers: { readonly index: number; readonly servers: readonly Server[] } | undefined
  readonly snapshots: readonly SnapshotReport[]
  /** The newest entries, oldest first. */
  readonly entries: readonly EntryReport[]
  readonly sizes: { readonly fileBytes: number; readonly walBytes: number; readonly freeBytes: number }
}

interface SnapshotReport {
  readonly id: number
  readonly index: number
  readonly term: number
  readonly sizeBytes: number
  readonly sha256: string
  readonly createdAtMs: number
}

interface EntryReport {
  readonly index: number
  readonly term: number
  /** `no-op`, `barrier`, `configuration`, the name of the command, or `piece` of a large one. */
  readonly kind: string
  readonly sizeBytes: number
  readonly appendedAtMs: number
  /** What the entry carries, decoded; secrets are hidden. Undefined for entries without data. */
  readonly body: unknown
}

/**
 * Reads a raft.db without the right to write it: also while an agent uses it, and as a crash left it.
 *
 * @param lastEntries how many of the newest entries to decode
 * @throws a StorageError that says what is wrong with the file
 */
export function inspectDatabase(path: string, lastEntries = 10): DatabaseReport {
  const database = openReadOnly(path)
  try {
    // One transaction, so that all parts tell of the same moment though an agent goes on writing.
    return database.transaction((): DatabaseReport => {
      const one = <Row>(sql: string) => database.prepare(sql).get() as Row
      const all = <Row>(sql: string, ...values: number[]) => database.prepare(sql).all(...values) as Row[]
      const pragma = (name: string) => database.pragma(name, { simple: true }) as number
      const range = one<{ firstIndex: number | null; lastIndex: number; lastTerm: number }>(
        'SELECT min("index") AS firstIndex, max("index") AS lastIndex, max(term) AS lastTerm FROM log',
      )
      return {
        path,
        formatVersion: one<{ value: number }>("SELECT value FROM meta WHERE key = 'format_version'").value,
        vote: one('SELECT term, voted_for AS votedFor FROM votes'),
        log: range.firstIndex === null ? undefined : { ...range, firstIndex: range.firstIndex },
        kinds: all(
          'SELECT coalesce(command, kind) AS kind, count(*) AS entries, sum(size_bytes) AS sizeBytes FROM entries GROUP BY 1 ORDER BY 2 DESC, 1',
        ),
        peers: newestMembership(
          all('SELECT "index", data FROM log WHERE type = 5 ORDER BY "index" DESC LIMIT 1'),
          all(
            'SELECT configuration_index AS "index", configuration AS data FROM snapshots WHERE complete ORDER BY id DESC LIMIT 1',
          ),
        ),
        snapshots: all(
          'SELECT id, "index", term, size_bytes AS sizeBytes, sha256, created_at AS createdAtMs FROM snapshots WHERE complete ORDER BY id DESC',
        ),
        entries: all<EntryRow>(
          `SELECT e."index", e.term, coalesce(command, kind) AS kind, size_bytes AS sizeBytes, appended_at AS appendedAtMs, e.data
           FROM entries AS e JOIN log USING ("index") ORDER BY "index" DESC LIMIT ?`,
          lastEntries,
        )
          .reverse()
          .map(({ data, ...row }) => ({ ...row, body: bodyOf(row.kind, data) })),
        sizes: {
          fileBytes: statSync(path).size,
          walBytes: existsSync(`${path}-wal`) ? statSync(`${path}-wal`).size : 0,
          freeBytes: pragma('freelist_count') * pragma('page_size'),
        },
      }
    })()
  } finally {
    database.close()
  }
}

type EntryRow = Omit<EntryReport, 'body'> & { readonly data: Buffer | null }

interface MembershipRow {
  readonly index: number
  readonly data: Buffer
}

function newestMembership(inLog: readonly MembershipRow[], inSnapshot: readonly MembershipRow[]) {
  const newest = [...inLog, ...inSnapshot].sort((a, b) => b.index - a.index)[0]
  return newest && { index: newest.index, servers: decodeConfiguration(newest.data) }
}

/** Servers of a membership, fields of a command; nothing for entries without data. */
function bodyOf(kind: string, data: Buffer | null): unknown {
  if (data === null || kind === 'piece') return undefined
  return kind === 'configuration' ? { Servers: decodeConfiguration(data) } : decodeBody(data)
}
