import { describe, expect, test } from 'vitest'
import { Guard } from '../../src/kernel/guard.ts'
import { createHooks } from '../../src/kernel/hooks.ts'
import { seededRandom } from '../../src/testing/seeded-random.ts'
import { VirtualClock } from '../../src/testing/virtual-clock.ts'
import { Checks } from './checks.ts'
import type { CheckDefinition, CheckOutcome, Probe, ProbeResult } from './contract.ts'
import { definition } from './definition.fixture.ts'

const unknown: ProbeResult = { status: 'critical', output: '' }

function newChecks(probe: (check: CheckDefinition) => Probe | undefined = () => undefined) {
  const guard = new Guard((fault) => {
    throw fault.error
  })
  guard.admit('test')
  const hooks = createHooks(guard)
  const outcomes: CheckOutcome[] = []
  hooks.checkType.for('probe').tap('test', probe)
  hooks.checkSettled.tap('test', (outcome) => void outcomes.push(outcome))
  const clock = new VirtualClock()
  const checks = new Checks(hooks, clock, seededRandom(7))
  const settled: ProbeResult[] = []
  const start = (parts: Partial<CheckDefinition>) =>
    checks.start(definition(parts), unknown, (result) => settled.push(result))
  return { checks, clock, settled, outcomes, start }
}

describe('a TTL check', () => {
  const ttl = { type: 'ttl', ttlMs: 10_000 }

  test('turns critical when nobody reports in time', async () => {
    const { clock, settled, start } = newChecks()
    start(ttl)
    await clock.advance(9_999)
    expect(settled).toEqual([])
    await clock.advance(1)
    expect(settled).toEqual([{ status: 'critical', output: 'TTL expired' }])
  })

  test('lives on with each report, and quotes the last one when it expires', async () => {
    const { checks, clock, settled, start } = newChecks()
    start(ttl)
    for (let i = 0; i < 5; i++) {
      checks.report('c', { status: 'passing', output: 'well' })
      await clock.advance(9_000)
    }
    expect(settled.map(({ status }) => status)).toEqual(Array(5).fill('passing'))
    await clock.advance(1_000)
    expect(settled.at(-1)).toEqual({
      status: 'critical',
      output: 'TTL expired (last output before timeout follows): well',
    })
  })

  test('of a year does not expire with the longest timer there is', async () => {
    const { clock, settled, start } = newChecks()
    const realAfter = clock.after.bind(clock)
    clock.after = (delayMs, run) => realAfter(Math.min(delayMs, 2 ** 31 - 1), run)
    start({ type: 'ttl', ttlMs: 366 * 86_400_000 })
    await clock.advance(365 * 86_400_000)
    expect(settled).toEqual([])
    await clock.advance(86_400_000)
    expect(settled).toHaveLength(1)
  })

  test('is the only kind that takes reports', () => {
    const { checks, start } = newChecks(() => async () => unknown)
    start({})
    expect(() => checks.report('c', unknown)).toThrow('CheckID "c" does not have associated TTL')
    expect(() => checks.report('none', unknown)).toThrow('CheckID "none" does not have associated TTL')
  })

  test('that was stopped says nothing more', async () => {
    const { checks, clock, settled, start } = newChecks()
    start(ttl)
    checks.stop('c')
    await clock.advance(60_000)
    expect(settled).toEqual([])
    expect(clock.pending).toBe(0)
  })
})

describe('a probed check', () => {
  test('first runs within its interval, then once every interval', async () => {
    const at: number[] = []
    const { clock, start } = newChecks(() => async () => {
      at.push(clock.monotonicMs())
      return { status: 'passing', output: 'fine' }
    })
    const begin = clock.monotonicMs()
    start({ intervalMs: 10_000 })
    await clock.advance(45_000)
    const [first = 0, ...others] = at.map((time) => time - begin)
    expect(first).toBeLessThan(10_000)
    expect(others).toEqual([
      first + 10_000,
      first + 20_000,
      first + 30_000,
      ...(first <= 5_000 ? [first + 40_000] : []),
    ])
  })

  test('runs at most once a second', async () => {
    let runs = 0
    const { clock, start } = newChecks(() => async () => {
      runs++
      return unknown
    })
    start({ intervalMs: 1 })
    await clock.advance(10_000)
    expect(runs).toBeLessThanOrEqual(10)
  })

  test('that throws is critical with the message', async () => {
    const { clock, settled, start } = newChecks(() => () => {
      throw new Error('no such thing')
    })
    start({})
    await clock.advance(10_000)
    expect(settled).toEqual([{ status: 'critical', output: 'no such thing' }])
  })

  test('that takes too long is critical, told to stop, and tried again', async () => {
    const aborted: boolean[] = []
    const { clock, settled, start } = newChecks(() => (signal) => {
      signal.addEventListener('abort', () => aborted.push(true))
      return new Promise(() => {})
    })
    start({ timeoutMs: 2_000 })
    await clock.advance(10_000 + 2_000)
    await expect.poll(() => settled).toEqual([{ status: 'critical', output: 'Timed out (2s) running check' }])
    await clock.advance(12_000)
    await expect.poll(() => aborted).toEqual([true, true])
  })

  test('that is stopped in the middle of an attempt says nothing of it', async () => {
    let finish = (_result: ProbeResult) => {}
    const { checks, clock, settled, start } = newChecks(
      () => () =>
        new Promise((resolve) => {
          finish = resolve
        }),
    )
    start({})
    await clock.advance(9_999)
    checks.stop('c')
    finish({ status: 'passing', output: 'late' })
    await clock.advance(60_000)
    expect(settled).toEqual([])
  })

  test('tells hooks of what changed, and only of that', async () => {
    const found = ['passing', 'passing', 'critical'] as const
    let run = 0
    const { clock, outcomes, start } = newChecks(() => async () => ({ status: found[run++ % 3]!, output: '' }))
    start({})
    await clock.advance(35_000)
    expect(outcomes.slice(0, 2)).toEqual([
      { id: 'c', status: 'passing', output: '', before: { status: 'critical', output: '' } },
      { id: 'c', status: 'critical', output: '', before: { status: 'passing', output: '' } },
    ])
  })

  test('has a long output cut, unless the probe did it', async () => {
    let bounded = false
    const { clock, settled, start } = newChecks(() => async () => ({
      status: 'passing',
      output: 'x'.repeat(9),
      bounded,
    }))
    start({ outputMaxBytes: 5 })
    await clock.advance(10_000)
    bounded = true
    await clock.advance(10_000)
    expect(settled.map(({ output }) => output)).toEqual(['xxxxx ... (captured 5 of 9 bytes)', 'xxxxxxxxx'])
  })
})

describe('a definition', () => {
  test('of a type nobody knows is refused', () => {
    const { checks } = newChecks()
    expect(checks.knows('ntp')).toBe(false)
    expect(() => checks.verify(definition({ type: 'ntp' }))).toThrow('no plugin knows the check type "ntp"')
  })

  test('that a plugin finds wrong is refused with what it says', () => {
    const { checks } = newChecks(() => {
      throw new Error('max_offset is missing')
    })
    expect(checks.knows('probe')).toBe(true)
    expect(() => checks.verify(definition({}))).toThrow(
      expect.objectContaining({ status: 400, message: 'Invalid check: max_offset is missing' }),
    )
  })

  test('that is refused leaves the check that runs alone', () => {
    const { checks, start } = newChecks()
    start({ type: 'ttl', ttlMs: 1000 })
    expect(() => start({ type: 'ntp' })).toThrow()
    expect(checks.has('c')).toBe(true)
  })
})
