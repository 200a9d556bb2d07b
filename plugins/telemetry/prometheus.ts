import type { Series } from './aggregate.ts'
import type { MetricLabels } from './contract.ts'
import { fullName, type Naming } from './names.ts'

/** Figures in Prometheus' text format 0.0.4. Samples become summaries without quantiles. */
export function prometheusText(all: readonly Series[], naming: Naming): string {
  let text = ''
  let announced = ''
  for (const series of all) {
    const name = fullName(series, naming)
      .replace(/[^a-zA-Z0-9_:]/g, '_')
      .replace(/^\d/, '_$&')
    if (name !== announced) text += `# HELP ${name} ${name}\n# TYPE ${name} ${types[series.kind]}\n`
    announced = name
    const labels = labelText(series.labels)
    if (series.kind === 'gauge') text += `${name}${labels} ${number(series.last)}\n`
    else if (series.kind === 'counter') text += `${name}${labels} ${number(series.sum)}\n`
    else text += `${name}_sum${labels} ${number(series.sum)}\n${name}_count${labels} ${series.count}\n`
  }
  return text
}

const types = { gauge: 'gauge', counter: 'counter', sample: 'summary' } as const

function number(value: number): string {
  if (Number.isFinite(value)) return String(value)
  if (Number.isNaN(value)) return 'NaN'
  return value > 0 ? '+Inf' : '-Inf'
}

function labelText(labels: MetricLabels): string {
  const pairs = Object.entries(labels).map(
    ([name, value]) => `${name.replace(/[^a-zA-Z0-9_]/g, '_')}="${value.replace(/[\\"\n]/g, escaped)}"`,
  )
  return pairs.length === 0 ? '' : `{${pairs.join()}}`
}

function escaped(character: string): string {
  return character === '\n' ? '\\n' : `\\${character}`
}
