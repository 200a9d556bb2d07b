import { expect, test } from 'vitest'
import { type Finding, meetsTarget } from './measurement.ts'
import { markdownTable, textTable } from './table.ts'

const read: Finding = {
  name: 'kv-get',
  title: 'KV get',
  ours: { value: 30_000, unit: '/s' },
  bare: { value: 48_123.4, unit: '/s' },
  ratio: { median: 0.62, lowest: 0.58, highest: 0.7 },
  target: { of: 'ratio', atLeast: 0.6 },
  cpuMicros: { ours: 31.4, bare: undefined },
  notes: ['a note'],
  rounds: [],
}
const full: Finding = {
  name: 'memory-full',
  title: 'Memory',
  ours: { value: 251, unit: 'MB' },
  target: { of: 'ours', atMost: 250 },
  notes: [],
  rounds: [],
}

test('a target is met at the limit, and missing figures do not meet it', () => {
  expect(meetsTarget(read)).toBe(true)
  expect(meetsTarget({ ...read, ratio: { median: 0.6, lowest: 0, highest: 1 } })).toBe(true)
  expect(meetsTarget({ ...read, ratio: { median: 0.59, lowest: 0, highest: 1 } })).toBe(false)
  expect(meetsTarget(full)).toBe(false)
  expect(meetsTarget({ ...full, ours: { value: 250, unit: 'MB' } })).toBe(true)
  expect(meetsTarget({ ...full, ours: { value: Number.NaN, unit: 'MB' } })).toBe(false)
  const { target: _, ...untargeted } = full
  expect(meetsTarget(untargeted)).toBeUndefined()
})

test('the table shows figures with their units, the spread of ratios and what falls short', () => {
  expect(textTable([read, full])).toMatchInlineSnapshot(`
    "measured      ours      bare             ratio    target         CPU ours  CPU bare
    ────────  ────────  ────────  ────────────────  ────────  ─────  ────────  ────────
    KV get    30,000/s  48,123/s  0.62 (0.58–0.70)     ≥ 0.6    met   31.4 µs
        a note
    Memory      251 MB                              ≤ 250 MB  SHORT"
  `)
})

test('the table in Markdown has one row each and the notes behind it', () => {
  expect(markdownTable([read, full])).toMatchInlineSnapshot(`
    "| measured | ours | bare | ratio | target |  | CPU ours | CPU bare |
    | --- | --: | --: | --: | --: | --: | --: | --: |
    | KV get | 30,000/s | 48,123/s | 0.62 (0.58–0.70) | ≥ 0.6 | met | 31.4 µs |  |
    | Memory | 251 MB |  |  | ≤ 250 MB | SHORT |  |  |

    - KV get: a note."
  `)
})
