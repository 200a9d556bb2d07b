import type { Database } from 'better-sqlite3'
import type { Server } from '../contract.ts'
import { decodeConfiguration, encodeConfiguration } from '../core/configuration.ts'
import { type EntryType, entryType } from '../core/messages.ts'
import { checksumOfEntry } from './packing.ts'
import { openDatabase, storageErrorOf } from './sqlite-file.ts'

interface ConfigurationRow {
  readonly index: number
  readonly term: number
  readonly extensions: Buffer | null
  readonly appended_at: number
}

/**
 * Gives every membership in a raft.db, in log and snapshots, these servers. Nothing else changes: what is in the log stays
 * where it is, committed or not, so servers that are recovered together still elect the one that knows most. Nobody may
 * have the file open.
 *
 * @returns false, and changes nothing, when there is no membership yet: the server never was part of a cluster
 * @throws a StorageError
 */
export function rewriteMembership(path: string, servers: readonly Server[]): boolean {
  const database = openDatabase({ path })
  try {
    return database.transaction(() => rewrite(database, servers))()
  } catch (error) {
    throw storageErrorOf(path, error)
  } finally {
    database.close()
  }
}

function rewrite(database: Database, servers: readonly Server[]): boolean {
  const data = encodeConfiguration(servers)
  const shown = JSON.stringify(decodeConfiguration(data))
  const rows = database.prepare('SELECT * FROM log WHERE type = 5').all() as ConfigurationRow[]
  const update = database.prepare('UPDATE log SET data = ?, checksum = ? WHERE "index" = ?')
  for (const { index, term, extensions, appended_at: appendedAtMs } of rows) {
    const type: EntryType = entryType.configuration
    update.run(data, checksumOfEntry({ index, term, type, data, extensions, appendedAtMs }), index)
  }
  const snapshots = database.prepare('UPDATE snapshots SET configuration = ?').run(data).changes
  database.prepare('UPDATE memberships SET servers = ?').run(shown)
  return rows.length + snapshots > 0
}
