import type { Machine } from './machine.ts'
import { type Finding, meetsTarget } from './measurement.ts'
import { markdownTable } from './table.ts'

/** The page that `--record` writes. */
export function resultsPage(findings: readonly Finding[], machine: Machine, quick: boolean): string {
  const short = findings.filter((finding) => meetsTarget(finding) === false).map(({ title }) => title)
  return `# Results

Written by \`npm run bench -- --record\` on ${machine.date}, commit ${machine.commit}${quick ? ', a quick run' : ''}.

${markdownTable(findings)}

${short.length === 0 ? 'Every target is met.' : `Short of the target: ${short.join('; ')}.`}

Ratio is ours over bare: median of the rounds (lowest–highest). CPU is the server's, per request.

- Machine: ${machine.processors}, ${machine.memoryGb} GB, ${machine.system}, shared with the load generator
- Node ${machine.node}; data directories on ${machine.scratch}
- Load average before the run: ${machine.loadBefore}
`
}
