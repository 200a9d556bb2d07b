import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { runSeeds } from '../run-seeds.ts'
import { writeMutatedCore } from './mutated-core.ts'
import { leaseMutations, mutations } from './mutations.ts'

/** The seeds that run on every change (seeds.test.ts): what is not caught within them could go unnoticed. */
const seedsMax = 2000

const scratch = mkdtempSync(join(tmpdir(), 'proconsul-mutations-'))
afterAll(() => rmSync(scratch, { recursive: true }))

test('an unbroken copy of the core passes', async () => {
  const nothing = {
    name: 'is as it is',
    file: 'quorum.ts',
    find: 'export function majorityOf',
    replace: 'export function majorityOf',
  }
  const coreFile = writeMutatedCore(join(scratch, 'unbroken'), nothing)
  expect((await runSeeds({ from: 1, count: 40, workers: 1, coreFile })).failures).toEqual([])
})

test('a mutation whose text is gone from the core is an error', () => {
  const gone = { name: 'cannot be', file: 'quorum.ts', find: 'not in this file', replace: '' }
  expect(() => writeMutatedCore(join(scratch, 'gone'), gone)).toThrow('no longer applies')
})

const broken = [...mutations, ...leaseMutations].map((mutation, at) => [mutation.name, mutation, at] as const)

describe.concurrent('the simulation catches a core that', () => {
  test.for(broken)('%s', { timeout: 120_000 }, async ([, mutation, at]) => {
    const coreFile = writeMutatedCore(join(scratch, String(at)), mutation)
    const { failures } = await runSeeds({ from: 1, count: seedsMax, workers: 1, coreFile, stopAtFirst: true })
    expect(failures).not.toEqual([])
  })
})
