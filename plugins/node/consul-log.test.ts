import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { refuseConsulLog } from './consul-log.ts'

/** A data directory with these files; a name that ends with a slash is a folder. */
function dataDir(...names: readonly string[]): string {
  const dir = mkdtempSync(join(tmpdir(), 'proconsul-data-'))
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
  for (const name of names) {
    const path = join(dir, name)
    mkdirSync(name.endsWith('/') ? path : dirname(path), { recursive: true })
    if (!name.endsWith('/')) writeFileSync(path, '')
  }
  return dir
}

/** What every agent of Consul keeps. */
const common = ['node-id', 'serf/local.snapshot', 'serf/remote.snapshot', 'checkpoint-signature', 'checks/state/']

test.for([
  ['a log in BoltDB', ['raft/raft.db', 'raft/peers.info', 'raft/snapshots/'], '(raft/raft.db)'],
  ['the log of Consul 1.20', ['raft/wal/wal-meta.db', 'raft/snapshots/', 'server_metadata.json'], '(raft/wal)'],
  [
    'snapshots, of which one is half written',
    ['raft/raft.db', 'raft/snapshots/2-9-1/state.bin', 'raft/snapshots/2-12-1.tmp/state.bin'],
    '(raft/raft.db, 1 in raft/snapshots)',
  ],
] as const)('a server does not touch a directory with %s, and says what to do', ([, files, found]) => {
  const dir = dataDir(...common, ...files)
  const before = readdirSync(dir, { recursive: true })
  expect(() => refuseConsulLog(dir)).toThrow(`${dir} is that of a server of Consul ${found}, whose log`)
  expect(() => refuseConsulLog(dir)).toThrow('Give this server an empty data directory')
  expect(readdirSync(dir, { recursive: true })).toEqual(before)
})

test('where both programs ran, neither log is trusted', () => {
  const dir = dataDir('raft.db', 'raft/raft.db')
  expect(() => refuseConsulLog(dir)).toThrow('or, if raft.db is all there is, move the folder raft away')
})

test.for([
  ['nothing', []],
  ['what a client of Consul keeps', [...common, 'raft/snapshots/']],
  ['a log of ours and a list of peers for it', ['raft.db', 'raft/peers.json']],
] as const)('a directory with %s can be used', ([, files]) => {
  expect(() => refuseConsulLog(dataDir(...files))).not.toThrow()
})

test('a directory that is not there can be made', () => {
  expect(() => refuseConsulLog(join(dataDir(), 'new'))).not.toThrow()
})
