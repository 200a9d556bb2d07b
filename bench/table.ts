import { type Figure, type Finding, meetsTarget } from './measurement.ts'

const columns = ['measured', 'ours', 'bare', 'ratio', 'target', '', 'CPU ours', 'CPU bare'] as const

/** The table for a terminal, notes below each line. */
export function textTable(findings: readonly Finding[]): string {
  const rows = findings.map(cells)
  const widths = columns.map((name, column) => Math.max(name.length, ...rows.map((row) => row[column]!.length)))
  const line = (row: readonly string[]) =>
    row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!))).join('  ')
  const lines = [line(columns), widths.map((width) => '─'.repeat(width)).join('  ')]
  for (const [at, row] of rows.entries()) {
    lines.push(line(row).trimEnd(), ...findings[at]!.notes.map((note) => `    ${note}`))
  }
  return lines.join('\n')
}

/** The same table in Markdown, notes in a list behind it. */
export function markdownTable(findings: readonly Finding[]): string {
  const lines = [
    `| ${columns.join(' | ')} |`,
    `| --- | ${columns
      .slice(1)
      .map(() => '--:')
      .join(' | ')} |`,
  ]
  for (const finding of findings) lines.push(`| ${cells(finding).join(' | ')} |`)
  lines.push('')
  for (const { title, notes } of findings) if (notes.length > 0) lines.push(`- ${title}: ${notes.join('; ')}.`)
  return lines.join('\n')
}

function cells(finding: Finding): string[] {
  const { title, ours, bare, ratio, target, cpuMicros } = finding
  const met = meetsTarget(finding)
  const limit = target && `${target.atLeast === undefined ? '≤' : '≥'} ${target.atLeast ?? target.atMost}`
  return [
    title,
    figure(ours),
    figure(bare),
    ratio ? `${ratio.median.toFixed(2)} (${ratio.lowest.toFixed(2)}–${ratio.highest.toFixed(2)})` : '',
    target && limit ? (target.of === 'ours' ? `${limit} ${ours?.unit}` : limit) : '',
    met === undefined ? '' : met ? 'met' : 'SHORT',
    micros(cpuMicros?.ours),
    micros(cpuMicros?.bare),
  ]
}

function figure(value: Figure | undefined): string {
  if (!value) return ''
  const digits = value.value < 10 ? 1 : 0
  const number = value.value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits })
  return value.unit === '/s' ? `${number}/s` : `${number} ${value.unit}`
}

function micros(value: number | undefined): string {
  return value === undefined ? '' : `${value.toFixed(1)} µs`
}
