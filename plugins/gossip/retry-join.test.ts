import { describe, expect, test } from 'vitest'
import { Log } from '../../src/kernel/log.ts'
import { VirtualClock } from '../../src/testing/virtual-clock.ts'
import { JoinFailedError } from './errors.ts'
import { retryJoin } from './retry-join.ts'

function attempts(outcomes: readonly (number | Error)[], retriesMax = 0) {
  const clock = new VirtualClock()
  const lines: string[] = []
  const log = new Log({ level: 'info', json: false, nowMs: () => 0, write: (line) => void lines.push(line) })
  const at: number[] = []
  const start = clock.monotonicMs()
  const join = async () => {
    const outcome = outcomes[Math.min(at.length, outcomes.length - 1)]!
    at.push(clock.monotonicMs() - start)
    if (typeof outcome === 'number') return outcome
    throw outcome
  }
  const setup = {
    pool: 'lan',
    addresses: ['10.0.0.1'],
    intervalMs: 30_000,
    retriesMax,
    join,
    clock,
    log: log.logger('g'),
  }
  return { clock, at, lines, setup: setup as Parameters<typeof retryJoin>[0] }
}

const unreachable = new JoinFailedError(['Failed to join 10.0.0.1:8301: nobody there'])

describe('retry_join', () => {
  test('tries again every interval until somebody is met', async () => {
    const { clock, at, lines, setup } = attempts([unreachable, unreachable, 3])
    const done = retryJoin(setup, new AbortController().signal)
    await clock.advance(0)
    await clock.advance(100_000)
    await done
    expect(at).toEqual([0, 30_000, 60_000])
    expect(lines.join('')).toMatch(/Join cluster failed, will retry.*Join cluster completed.*num_agents=3/s)
  })

  test('gives up after retry_max attempts more, with the sentence of Consul', async () => {
    const { clock, at, setup } = attempts([unreachable], 2)
    const done = expect(retryJoin(setup, new AbortController().signal)).rejects.toThrow(
      'agent: max join LAN retry exhausted, exiting',
    )
    await clock.advance(0)
    await clock.advance(100_000)
    await done
    expect(at).toEqual([0, 30_000, 60_000])
  })

  test('ends when the agent stops, leaving no timer behind', async () => {
    const { clock, setup } = attempts([unreachable])
    const stop = new AbortController()
    const done = retryJoin(setup, stop.signal)
    await clock.advance(1000)
    expect(clock.pending).toBe(1)
    stop.abort()
    await done
    expect(clock.pending).toBe(0)
  })

  test('does not take a bug for an unreachable agent', async () => {
    const { setup } = attempts([new TypeError('a bug')])
    await expect(retryJoin(setup, new AbortController().signal)).rejects.toThrow('a bug')
  })
})
