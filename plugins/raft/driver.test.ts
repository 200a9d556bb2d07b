import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { systemClock } from '../../src/kernel/clock.ts'
import { systemRandom } from '../../src/kernel/random.ts'
import { ListMachine, startDriver, until } from './driver.fixture.ts'
import { StorageFullError } from './storage/errors.ts'
import type { LogBatch } from './storage/log-store.ts'
import { MemoryLogStore } from './storage/memory.ts'
import { SqliteLogStore } from './storage/sqlite.ts'

const text = (value: string) => Buffer.from(value)

describe('a single server', () => {
  test('elects itself through votes like any other, and says when it leads', async () => {
    const { driver, told } = await startDriver()
    await until(() => told.includes('leads 2'))
    expect(told).toEqual([
      'follower',
      'silence',
      'preCandidate',
      'candidate',
      'vote',
      'won',
      'leader',
      'batch',
      'leads 2',
    ])
    expect(driver.core.leader).toBe('a')
    await driver.stop()
  })

  test('settles each proposal with what apply made of it', async () => {
    const { driver, told, machine } = await startDriver()
    await until(() => told.includes('leads 2'))
    const outcomes = await Promise.allSettled([
      driver.propose(text('x')),
      driver.propose(text('refuse y')),
      driver.propose(text('z')),
    ])
    expect(
      outcomes.map((outcome) => (outcome.status === 'fulfilled' ? outcome.value : outcome.reason.message)),
    ).toEqual(['3: x', 'refused: refuse y', '5: z'])
    expect(machine.items).toEqual(['x', 'z'])
    expect(driver.appliedIndex).toBe(5)
    await driver.stop()
  })

  test('wakes readers once per batch, before the proposers go on', async () => {
    const { driver, told } = await startDriver()
    await until(() => told.includes('leads 2'))
    told.length = 0
    await Promise.all(
      Array.from({ length: 50 }, (_, at) => driver.propose(text(`${at}`)).then(() => told.push('settled'))),
    )
    expect(told.slice(0, 3)).toEqual(['batch', 'settled', 'settled'])
    expect(told.filter((word) => word === 'batch')).toHaveLength(1)
    await driver.stop()
  })

  test('refuses proposals before it leads and after it stopped', async () => {
    const { driver, told } = await startDriver()
    await expect(driver.propose(text('x'))).rejects.toThrow('No cluster leader')
    await until(() => told.includes('leads 2'))
    await driver.stop()
    await expect(driver.propose(text('x'))).rejects.toThrow('raft is already shutdown')
  })

  test('stops when apply throws anything but a refusal', async () => {
    const { driver, told, machine } = await startDriver()
    await until(() => told.includes('leads 2'))
    const outcomes = await Promise.allSettled(['x', 'break', 'y'].map((word) => driver.propose(text(word))))
    expect(outcomes.map((outcome) => outcome.status)).toEqual(['fulfilled', 'rejected', 'rejected'])
    expect(machine.items).toEqual(['x'])
    expect(told.at(-1)).toBe('fatal bug: break')
    expect(driver.ended).toBe(true)
  })

  test('rejects a proposal whose signal aborts, though the entry goes its way', async () => {
    const { driver, told, machine } = await startDriver()
    await until(() => told.includes('leads 2'))
    const abort = new AbortController()
    const outcome = driver.propose(text('x'), 0, abort.signal)
    abort.abort(new Error('went away'))
    await expect(outcome).rejects.toThrow('went away')
    await until(() => machine.items.length === 1)
    await driver.stop()
  })

  test('confirms linearizable reads without an entry in the log', async () => {
    const { driver, told } = await startDriver()
    await until(() => told.includes('leads 2'))
    const before = driver.core.log.lastIndex
    await driver.verifyLeader()
    expect(driver.core.log.lastIndex).toBe(before)
    await driver.stop()
  })

  test('divides the entries of many proposers, so that neither they nor the disk wait for each other', async () => {
    const sizes: number[] = []
    class CountingStore extends MemoryLogStore {
      override async append(batch: LogBatch): Promise<void> {
        sizes.push(batch.entries.length)
        await new Promise((resolve) => setImmediate(resolve))
        return super.append(batch)
      }
    }
    const { driver, told } = await startDriver({ store: new CountingStore(() => 0) })
    await until(() => told.includes('leads 2'))
    sizes.length = 0
    const proposer = async () => {
      for (let at = 0; at < 50; at++) await driver.propose(text('x'))
    }
    await Promise.all(Array.from({ length: 64 }, proposer))
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(64 * 50)
    // All at once come only before it is known how many there are.
    expect(sizes.filter((size) => size > 32).length).toBeLessThanOrEqual(1)
    expect(sizes.length).toBeLessThan(110)
    await driver.stop()
  })

  test('refuses proposals when too many wait', async () => {
    const { driver, told, options } = await startDriver()
    await until(() => told.includes('leads 2'))
    const limit = options.core.uncommittedEntriesMax
    const outcomes = await Promise.allSettled(Array.from({ length: limit + 5 }, () => driver.propose(text('x'))))
    const refused = outcomes.filter((outcome) => outcome.status === 'rejected')
    expect(refused).toHaveLength(5)
    expect(String(refused[0]!.reason)).toContain(`the queue of writes is full (${limit} wait to be committed)`)
    await driver.stop()
  })
})

/** A store whose disk is full whenever the test says so. */
class FillingStore extends MemoryLogStore {
  full = false

  override async append(batch: LogBatch): Promise<void> {
    if (this.full) throw new StorageFullError('raft.db')
    return super.append(batch)
  }
}

test('on a full disk writes fail loudly, the server steps down, and it goes on when there is space again', async () => {
  const store = new FillingStore(() => 0)
  const { driver, told, clock, machine } = await startDriver({ store })
  await until(() => told.includes('leads 2'))
  await driver.propose(text('kept'))
  store.full = true
  await expect(driver.propose(text('x'))).rejects.toThrow('the disk is full')
  await expect(driver.propose(text('y'))).rejects.toThrow('the disk is full')
  await clock.advance(30_000)
  expect(driver.core.role).toBe('follower')
  expect(driver.core.term).toBe(2)
  store.full = false
  await until(() => told.includes('leads 3'), clock)
  await driver.propose(text('later'))
  // The outcome of x was unknown: it had reached the log in memory, so it took effect.
  expect(machine.items).toEqual(['kept', 'x', 'later'])
  await driver.stop()
})

test('on a full SQLite file nothing is acknowledged that is not kept', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'proconsul-raft-'))
  const path = join(dir, 'raft.db')
  const real = { clock: systemClock, random: systemRandom }
  const { driver, told } = await startDriver({ ...real, store: new SqliteLogStore({ path, sizeBytesMax: 1_000_000 }) })
  await until(() => told.includes('leads 2'))
  const acknowledged: number[] = []
  let refusal: unknown
  for (let round = 0; refusal === undefined && round < 100; round++) {
    const numbers = [4 * round, 4 * round + 1, 4 * round + 2, 4 * round + 3]
    const outcomes = await Promise.allSettled(
      numbers.map((number) => driver.propose(text(`${number} ${'x'.repeat(20_000)}`))),
    )
    for (const [at, outcome] of outcomes.entries()) {
      if (outcome.status === 'fulfilled') acknowledged.push(numbers[at]!)
      else refusal = outcome.reason
    }
  }
  expect(String(refusal)).toContain('the disk is full')
  expect(acknowledged.length).toBeGreaterThan(20)
  expect(told).toContain('stalled raft_storage_full')
  await driver.stop()
  const machine = new ListMachine()
  const again = await startDriver({ ...real, machine, store: new SqliteLogStore({ path }) })
  await until(() => again.told.some((word) => word.startsWith('leads')))
  const kept = machine.items.map((item) => Number.parseInt(item, 10))
  expect(kept).toEqual(expect.arrayContaining(acknowledged))
  await again.driver.stop()
  rmSync(dir, { recursive: true })
})

describe('snapshots', () => {
  test('are taken when enough was applied, and the log behind them shrinks', async () => {
    const snapshots = { thresholdEntries: 100, intervalMs: 1000, trailingEntries: 20, keep: 2 }
    const { driver, told, clock, options } = await startDriver({ snapshots })
    await until(() => told.includes('leads 2'))
    for (let round = 0; round < 4; round++) {
      await Promise.all(Array.from({ length: 120 }, (_, at) => driver.propose(text(`${round} ${at}`))))
      await clock.advance(2000)
    }
    const stored = await options.store.snapshots()
    expect(stored).toHaveLength(2)
    expect(stored[0]!.index).toBe(driver.appliedIndex)
    expect(driver.core.log.firstIndex).toBe(driver.core.log.lastIndex - 19)
    expect((await options.store.sizes()).entries).toBe(20)
    await driver.stop()
  })

  test('and the log bring the same state back after a restart', async () => {
    const { driver, told, machine, options } = await startDriver()
    await until(() => told.includes('leads 2'))
    await Promise.all(Array.from({ length: 3000 }, (_, at) => driver.propose(text(`before ${at}`))))
    await driver.takeSnapshot()
    await Promise.all(Array.from({ length: 3000 }, (_, at) => driver.propose(text(`after ${at}`))))
    await driver.stop()
    const again = await startDriver({ store: options.store })
    await until(() => again.told.includes('leads 3'))
    expect(again.machine.items).toEqual(machine.items)
    expect(again.driver.core.configuration.servers).toEqual([{ id: 'a', address: '127.0.0.1:8300', suffrage: 'voter' }])
    await again.driver.stop()
  })
})

test('on SQLite a restart brings back all that was acknowledged', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'proconsul-raft-'))
  const path = join(dir, 'raft.db')
  const machines: ListMachine[] = []
  for (let round = 1; round <= 3; round++) {
    const machine = new ListMachine()
    machines.push(machine)
    const store = new SqliteLogStore({ path })
    const { driver, told } = await startDriver({ store, machine, clock: systemClock, random: systemRandom })
    await until(() => told.some((word) => word.startsWith('leads')))
    expect(machine.items).toHaveLength((round - 1) * 1500)
    await Promise.all(Array.from({ length: 1500 }, (_, at) => driver.propose(text(`${round} ${at}`))))
    if (round === 2) await driver.takeSnapshot()
    await driver.stop()
  }
  expect(machines[2]!.items.slice(0, 3000)).toEqual(machines[1]!.items)
  rmSync(dir, { recursive: true })
})
