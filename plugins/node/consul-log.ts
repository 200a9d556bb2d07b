import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { ConfigError } from '../../src/kernel/errors.ts'

/** The data directory holds the log of a server of Consul, which nothing here can read. */
export class ConsulLogError extends ConfigError {
  override readonly code = 'data_dir_of_consul'

  constructor(dir: string, found: readonly string[], remedy: string) {
    super(
      `data_dir: ${dir} is that of a server of Consul (${found.join(', ')}), whose log this program cannot read; ` +
        `nothing in it was changed. ${remedy}. docs/migrating.md tells more`,
    )
  }
}

/**
 * Refuses to run a server on the log of a real one. Beside the old log stands the old `node-id`: the server would come back
 * under its name with an empty log, having forgotten whom it voted for. Reads, and writes nothing.
 *
 * @throws ConsulLogError
 */
export function refuseConsulLog(dir: string): void {
  const found = consulLog(dir)
  if (found.length === 0) return
  const ours = isThere(join(dir, 'raft.db'))
  throw new ConsulLogError(dir, ours ? [...found, 'beside a raft.db of ours'] : found, ours ? bothRemedy : remedy)
}

const remedy =
  'Give this server an empty data directory and have it join the servers that run (-retry-join), which then send it everything; ' +
  'the old directory stays as the way back'

const bothRemedy =
  'Both programs ran here, and what one of them voted for the other does not know: give this server an empty data directory and ' +
  'have it join the servers that run (-retry-join), or, if raft.db is all there is, move the folder raft away'

/** What of a log of Consul is there: `raft/raft.db` (BoltDB) or `raft/wal` since 1.15, and its snapshots. */
function consulLog(dir: string): string[] {
  const raft = join(dir, 'raft')
  const snapshots = entriesOf(join(raft, 'snapshots')).filter((name) => !name.endsWith('.tmp')).length
  return [
    ...(isThere(join(raft, 'raft.db')) ? ['raft/raft.db'] : []),
    ...(entriesOf(join(raft, 'wal')).length > 0 ? ['raft/wal'] : []),
    ...(snapshots > 0 ? [`${snapshots} in raft/snapshots`] : []),
  ]
}

function isThere(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined
}

/** Names in a folder; none when there is no such folder. */
function entriesOf(path: string): string[] {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ? readdirSync(path) : []
}
