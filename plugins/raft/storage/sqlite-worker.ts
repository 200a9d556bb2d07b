import { existsSync, statSync } from 'node:fs'
import { parentPort } from 'node:worker_threads'
import type { Database } from 'better-sqlite3'
import { assert } from '../../../src/kernel/assert.ts'
import { pagesToGiveBack, slicePages } from './compaction.ts'
import type { Recovered, StoreSizes } from './log-store.ts'
import { packEntries, unpackEntries } from './packing.ts'
import { checkRecovered } from './recovery.ts'
import type { Answer, Request, RequestKind, Requests } from './requests.ts'
import { openDatabase, storageErrorOf } from './sqlite-file.ts'
import { SqliteLog } from './sqlite-log.ts'
import { SqliteSnapshots } from './sqlite-snapshots.ts'

/**
 * The thread that owns raft.db. An fsync takes as long as the disk likes; here it stops nobody but the next write. Requests
 * are carried out one after the other, in the order in which they were made.
 */
let opened: { path: string; database: Database; log: SqliteLog; snapshots: SqliteSnapshots } | undefined

type Handlers = { readonly [Kind in RequestKind]: (asked: Requests[Kind][0]) => Requests[Kind][1] }

const handlers: Handlers = {
  open({ path, sizeBytesMax }) {
    const database = openDatabase({ path, sizeBytesMax })
    opened = { path, database, log: new SqliteLog(path, database), snapshots: new SqliteSnapshots(database) }
    return recover()
  },
  append({ hardState, truncateFrom, entries }) {
    file().log.append(hardState, truncateFrom, entries === undefined ? [] : unpackEntries(entries))
    return undefined
  },
  read: ({ from, to, sizeBytesMax }) => packEntries(file().log.read(from, to, sizeBytesMax)),
  compactSlice: ({ firstIndex }) => file().log.compactSlice(firstIndex),
  giveBackSlice() {
    const { database } = file()
    const spare = pagesToGiveBack(pragma('page_count'), pragma('freelist_count'))
    if (spare === 0) return false
    database.pragma(`incremental_vacuum(${Math.min(spare, slicePages)})`)
    return spare > slicePages
  },
  beginSnapshot: (meta) => file().snapshots.begin(meta, Date.now()),
  writeSnapshot({ id, chunk }) {
    file().snapshots.write(id, chunk)
    return undefined
  },
  commitSnapshot({ id }) {
    const { log, snapshots, database } = file()
    return database.transaction(() => {
      const stored = snapshots.commit(id)
      log.noteMembership(stored.configurationIndex, stored.configuration)
      return stored
    })()
  },
  dropSnapshotSlice({ id }) {
    const { snapshots, database } = file()
    return database.transaction(() => snapshots.dropSlice(id))()
  },
  snapshots: () => file().snapshots.list(),
  readSnapshot: ({ id, sequence }) => file().snapshots.chunk(id, sequence),
  sizes,
  close() {
    opened?.database.close()
    opened = undefined
    return undefined
  },
}

function recover(): Recovered {
  const { path, log, snapshots, database } = file()
  const drop = database.transaction((id: number) => snapshots.dropSlice(id))
  for (const id of snapshots.unfinished()) while (drop(id));
  const stored = snapshots.list()
  const newest = stored[0]
  const range = log.range()
  const snapshotIndex = newest?.index ?? 0
  const state = {
    snapshotIndex,
    snapshotTerm: newest?.term ?? 0,
    firstIndex: range?.first ?? snapshotIndex + 1,
    lastIndex: range?.last ?? snapshotIndex,
    termRuns: log.termRuns(),
    tail: log.tail(),
  }
  const found = { hardState: log.hardState(), log: state, configurations: log.configurations(), snapshots: stored }
  const recovered = checkRecovered(path, found)
  if (recovered !== found) log.append(undefined, 1, [])
  return recovered
}

function sizes(): StoreSizes {
  const { path, log } = file()
  const wal = `${path}-wal`
  return {
    entries: log.count(),
    fileBytes: statSync(path).size,
    walBytes: existsSync(wal) ? statSync(wal).size : 0,
    freeBytes: pragma('freelist_count') * pragma('page_size'),
  }
}

function pragma(name: string): number {
  return file().database.pragma(name, { simple: true }) as number
}

function file() {
  assert(opened !== undefined, 'raft.db is open')
  return opened
}

const port = parentPort
assert(port !== null, 'this file runs as a worker thread')
let path = 'raft.db'

port.on('message', (request: Request) => {
  const answer = answerTo(request)
  const value = answer.value
  // Packed entries are handed over; everything else is small.
  port.postMessage(answer, request.kind === 'read' && value instanceof Uint8Array ? [value.buffer as ArrayBuffer] : [])
  if (request.kind === 'close') port.close()
})

function answerTo({ id, kind, asked }: Request): Answer {
  if (kind === 'open') path = (asked as Requests['open'][0]).path
  try {
    return { id, value: (handlers[kind] as (asked: unknown) => unknown)(asked) }
  } catch (thrown) {
    const { code, message, temporary } = storageErrorOf(path, thrown)
    return { id, failure: { code, message, temporary } }
  }
}
