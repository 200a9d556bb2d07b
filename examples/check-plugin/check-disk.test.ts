import { describe, expect, test } from 'vitest'
import type { CheckDefinition } from '../../plugins/health-checks/contract.ts'
import { Agent, Log, systemRandom } from '../../src/kernel/index.ts'
import { VirtualClock } from '../../src/testing/virtual-clock.ts'
import checkDisk, { judge } from './check-disk.ts'

describe('a disk', () => {
  const check = { path: '/', warning: 20, critical: 5 }

  test.for([
    [80, 'passing', '80.0% of / is free'],
    [19.94, 'warning', '19.9% of / is free, less than 20%'],
    [4.2, 'critical', '4.2% of / is free, less than 5%'],
  ] as const)('with %d%% free is %s', ([free, status, output]) => {
    expect(judge(check, free)).toEqual({ status, output })
  })
})

describe('the plugin', () => {
  /** The probe an agent with this plugin would run for a check with these arguments. */
  function probeFor(disk: unknown) {
    const agent = new Agent({
      plugins: [{ plugin: checkDisk, origin: 'test' }],
      optionsOf: () => ({ warning: '20%', critical: '5%' }),
      log: new Log({ level: 'error', json: false, nowMs: () => 0, write: () => {} }),
      clock: new VirtualClock(),
      random: systemRandom,
      onFatal: () => {},
    })
    return agent.hooks.checkType.for('disk').call({ args: { disk } } as unknown as CheckDefinition)
  }
  const { signal } = new AbortController()

  test('looks at a real file system', async () => {
    const { output } = await probeFor({ path: '/', warning: '0%', critical: '0%' })!(signal)
    expect(output).toMatch(/^\d+\.\d% of \/ is free$/)
  })

  test('fails for a path that is not there', async () => {
    await expect(probeFor({ path: '/no/such/place' })!(signal)).rejects.toThrow('ENOENT')
  })

  test.for([
    ['a word in place of the block', '/', 'disk must be a block such as { path = "/" }'],
    ['a share without a sign', { warning: 10 }, 'disk.warning must be a share such as "10%"'],
    ['more than everything', { critical: '101%' }, 'disk.critical must be a share such as "10%"'],
  ])('refuses %s', ([, disk, message]) => {
    expect(() => probeFor(disk)).toThrow(message as string)
  })
})
