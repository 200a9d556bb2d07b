import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { systemClock } from '../../src/kernel/clock.ts'
import { systemRandom } from '../../src/kernel/random.ts'
import { ListMachine, startDriver, until } from './driver.fixture.ts'
import { inspectDatabase } from './inspect.ts'
import { parsePeers, peersFilePath, readPeersFile, recoverWith } from './peers-file.ts'
import { SqliteLogStore } from './storage/sqlite.ts'

let dir: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'proconsul-raft-'))
})
afterEach(() => rmSync(dir, { recursive: true }))

function writePeers(text: string): void {
  mkdirSync(join(dir, 'raft'), { recursive: true })
  writeFileSync(peersFilePath(dir), text)
}

describe('peers.json', () => {
  test('is read as Consul’s operators write it', () => {
    const text = `[
      { "id": "ADF4238A-882b-9ddc-4a9d-5b6758e4159e", "address": "10.1.0.1:8300", "non_voter": false },
      { "id": "8b6dda82-3103-11e7-93ae-92361f002671", "address": "[2001:db8::2]:8300", "non_voter": true },
      { "id": "97e17742-3103-11e7-93ae-92361f002671", "address": "10.1.0.3:8300" }
    ]`
    expect(parsePeers(text)).toEqual([
      { id: 'adf4238a-882b-9ddc-4a9d-5b6758e4159e', address: '10.1.0.1:8300', suffrage: 'voter' },
      { id: '8b6dda82-3103-11e7-93ae-92361f002671', address: '[2001:db8::2]:8300', suffrage: 'nonvoter' },
      { id: '97e17742-3103-11e7-93ae-92361f002671', address: '10.1.0.3:8300', suffrage: 'voter' },
    ])
  })

  test.for([
    ['{}', 'it is no list'],
    ['[]', 'it names no voter'],
    ['["10.0.0.1:8300"]', 'entry 1 is no object'],
    ['[{"address":"10.0.0.1:8300"}]', 'entry 1 has no id'],
    ['[{"id":"a","address":"server-1"}]', 'entry 1 has no address such as'],
    ['[{"id":"a","address":"10.0.0.1:8300","non_voter":"no"}]', 'non_voter must be true or false'],
    ['[{"id":"a","address":"10.0.0.1:8300"},{"id":"a","address":"10.0.0.2:8300"}]', 'the id a twice'],
    ['[{"id":"a","address":"10.0.0.1:8300"},{"id":"b","address":"10.0.0.1:8300"}]', 'the address 10.0.0.1:8300 twice'],
    ['[', 'JSON'],
  ] as const)('%s is refused: %s', ([text, reason]) => {
    writePeers(text)
    expect(() => readPeersFile(dir)).toThrow(reason)
    expect(() => readPeersFile(dir)).toThrow(peersFilePath(dir))
    expect(existsSync(peersFilePath(dir))).toBe(true)
  })

  test('of any JSON is read or refused', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        writePeers(text)
        expect(() => readPeersFile(dir)).toThrow('cannot be used')
      }),
      { numRuns: 200 },
    )
  })

  test('replaces the membership of a log, in snapshots too, and leaves the rest as it is', async () => {
    const path = join(dir, 'raft.db')
    const real = { clock: systemClock, random: systemRandom }
    const first = await startDriver({ ...real, store: new SqliteLogStore({ path }) })
    await until(() => first.told.includes('leads 2'))
    await first.driver.propose(Buffer.from('in the snapshot'))
    await first.driver.takeSnapshot()
    await first.driver.propose(Buffer.from('behind it'))
    await first.driver.changeMembership({ kind: 'addNonvoter', id: 'gone', address: '10.0.0.9:8300' })
    await first.driver.stop()
    const before = inspectDatabase(path)

    writePeers('[{"id":"a","address":"10.0.0.7:8300"}]')
    expect(recoverWith(readPeersFile(dir)!, path)).toBe(true)
    const after = inspectDatabase(path)
    expect(after.peers?.servers).toEqual([{ id: 'a', address: '10.0.0.7:8300', suffrage: 'voter' }])
    expect(after.log).toEqual(before.log)
    expect(after.snapshots).toEqual(before.snapshots)

    const machine = new ListMachine()
    const again = await startDriver({ ...real, machine, store: new SqliteLogStore({ path }), bootstrap: undefined })
    await until(() => again.driver.leads)
    expect(machine.items).toEqual(['in the snapshot', 'behind it'])
    expect(again.driver.core.configuration.servers.map(({ address }) => address)).toEqual(['10.0.0.7:8300'])
    await again.driver.stop()
  })

  test('has nothing to replace where there is no log', async () => {
    writePeers('[{"id":"a","address":"10.0.0.7:8300"}]')
    const file = readPeersFile(dir)!
    expect(recoverWith(file, join(dir, 'raft.db'))).toBe(false)
    const store = new SqliteLogStore({ path: join(dir, 'raft.db') })
    await store.open()
    await store.close()
    expect(recoverWith(file, join(dir, 'raft.db'))).toBe(false)
    file.remove()
    expect(readPeersFile(dir)).toBeUndefined()
  })
})
