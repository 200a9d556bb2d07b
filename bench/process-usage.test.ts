import { spawnSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { cpuSeconds, residentBytes } from './process-usage.ts'

test.runIf(process.platform === 'linux')('CPU time and memory of a process are what it says of itself', () => {
  const { user, system } = process.cpuUsage()
  expect(cpuSeconds(process.pid)).toBeCloseTo((user + system) / 1e6, 0)
  expect(residentBytes(process.pid)! / process.memoryUsage.rss()).toBeCloseTo(1, 0)
})

test('of a process that is gone nothing is known', () => {
  const { pid } = spawnSync(process.execPath, ['-e', ''])
  expect(cpuSeconds(pid)).toBeUndefined()
  expect(residentBytes(pid)).toBeUndefined()
})
