import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { writeMutatedCore } from './mutations/mutated-core.ts'
import { regressions } from './mutations/mutations.ts'
import { runSeeds } from './run-seeds.ts'

const scratch = mkdtempSync(join(tmpdir(), 'proconsul-regressions-'))
afterAll(() => rmSync(scratch, { recursive: true }))

describe.for(regressions.map((regression) => [regression.name, regression] as const))(
  'a core that %s',
  ([, regression]) => {
    const run = { from: regression.seed, count: 1, workers: 1 }

    test('is not ours any more', async () => {
      expect((await runSeeds(run)).failures).toEqual([])
    })

    test('still shows on its seed', async () => {
      const coreFile = writeMutatedCore(join(scratch, String(regression.seed)), regression)
      expect((await runSeeds({ ...run, coreFile })).failures).toHaveLength(1)
    })
  },
)
