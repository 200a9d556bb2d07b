import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { VirtualClock } from '../../src/testing/virtual-clock.ts'
import { Aggregate } from './aggregate.ts'
import { displayInterval } from './display.ts'
import { prometheusText } from './prometheus.ts'
import { MetricRegistry } from './registry.ts'

const naming = { prefix: 'consul', hostname: 'host-a' }
const second = 1000

describe('an interval', () => {
  test('shows figures under the names and members of Consul', () => {
    const aggregate = new Aggregate()
    aggregate.add('gauge', 'state.nodes', 1, { datacenter: 'dc1' }, 0)
    aggregate.add('gauge', 'state.nodes', 3, { datacenter: 'dc1' }, 1)
    aggregate.add('counter', 'raft.apply', 5, {}, 2)
    aggregate.add('sample', 'raft.commitTime', 2, {}, 3)
    aggregate.add('sample', 'raft.commitTime', 4, {}, 4)
    expect(displayInterval(aggregate.latest(5), naming)).toEqual({
      Timestamp: '1970-01-01 00:00:00 +0000 UTC',
      Gauges: [{ Name: 'consul.host-a.state.nodes', Value: 3, Labels: { datacenter: 'dc1' } }],
      Points: [],
      Counters: [
        { Name: 'consul.raft.apply', Count: 1, Rate: 0.5, Sum: 5, Min: 5, Max: 5, Mean: 5, Stddev: 0, Labels: {} },
      ],
      Samples: [
        {
          Name: 'consul.raft.commitTime',
          Count: 2,
          Rate: 0.6,
          Sum: 6,
          Min: 2,
          Max: 4,
          Mean: 3,
          Stddev: Math.SQRT2,
          Labels: {},
        },
      ],
    })
  })

  test('is shown whole, once it is over', () => {
    const aggregate = new Aggregate()
    const sum = (nowMs: number) => aggregate.latest(nowMs).series.values().next().value?.sum
    aggregate.add('counter', 'a', 1, {}, 9 * second)
    expect(sum(9 * second)).toBe(1)
    aggregate.add('counter', 'a', 5, {}, 11 * second)
    expect(sum(11 * second)).toBe(1)
    expect(sum(20 * second)).toBe(5)
    expect(sum(60 * second)).toBeUndefined()
  })

  test('keeps figures of different labels apart, in any order of labels', () => {
    const aggregate = new Aggregate()
    aggregate.add('counter', 'a', 1, { x: '1', y: '2' }, 0)
    aggregate.add('counter', 'a', 1, { y: '2', x: '1' }, 0)
    aggregate.add('counter', 'a', 1, { x: '2' }, 0)
    expect([...aggregate.latest(0).series.values()].map(({ sum }) => sum)).toEqual([2, 1])
  })

  test('of any figures never has a deviation that is no number', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ noNaN: true, min: -1e9, max: 1e9 }), { minLength: 1 }), (values) => {
        const aggregate = new Aggregate()
        for (const value of values) aggregate.add('sample', 's', value, {}, 0)
        const [sample] = displayInterval(aggregate.latest(0), naming).Samples
        expect(sample!.Stddev).toBeGreaterThanOrEqual(0)
        expect(sample!.Count).toBe(values.length)
      }),
    )
  })
})

describe("Prometheus' format", () => {
  test('has totals since the start, with names and labels as it wants them', () => {
    const aggregate = new Aggregate()
    for (const at of [0, 1, 2]) aggregate.add('counter', 'raft.apply', 2, {}, at * 100 * second)
    aggregate.add('gauge', 'state.nodes', 3, { 'data-center': 'a"\\\nb' }, 200 * second)
    aggregate.add('gauge', 'state.nodes', 4, { 'data-center': 'c' }, 200 * second)
    aggregate.add('sample', 'x', 1.5, {}, 200 * second)
    expect(prometheusText(aggregate.totals(200 * second, 60 * second), { prefix: '1st', hostname: '' })).toBe(
      [
        '# HELP _1st_raft_apply _1st_raft_apply',
        '# TYPE _1st_raft_apply counter',
        '_1st_raft_apply 6',
        '# HELP _1st_state_nodes _1st_state_nodes',
        '# TYPE _1st_state_nodes gauge',
        '_1st_state_nodes{data_center="a\\"\\\\\\nb"} 3',
        '_1st_state_nodes{data_center="c"} 4',
        '# HELP _1st_x _1st_x',
        '# TYPE _1st_x summary',
        '_1st_x_sum 1.5',
        '_1st_x_count 1',
        '',
      ].join('\n'),
    )
  })

  test('forgets what was not heard of for the retention time', () => {
    const aggregate = new Aggregate()
    aggregate.add('counter', 'old', 1, {}, 0)
    aggregate.add('counter', 'new', 1, {}, 30 * second)
    expect(aggregate.totals(61 * second, 60 * second).map(({ name }) => name)).toEqual(['new'])
    expect(aggregate.totals(30 * second, 60 * second).map(({ name }) => name)).toEqual(['new'])
  })
})

test('gauges that are read take part in the interval they are read in', () => {
  const registry = new MetricRegistry(new VirtualClock())
  let rows = 7
  registry.collect(() => registry.gauge('rows', rows))
  registry.readGauges()
  rows = 8
  registry.readGauges()
  expect(displayInterval(registry.interval(), { prefix: '', hostname: '' }).Gauges).toEqual([
    { Name: 'rows', Value: 8, Labels: {} },
  ])
})
