import type { PluginRecord } from '../kernel/agent.ts'
import { createAgent } from './agent.ts'
import { type AssemblyInput, assemble } from './assemble.ts'
import { columns, writeLine } from './print.ts'
import { silentLog } from './validate.ts'

/**
 * `proconsul plugins [flags of agent] [-format=json]`: what an agent with these flags would load, from where, in which
 * order, and which hooks each taps. Without flags it shows the bundled ones.
 */
export async function runPlugins(input: AssemblyInput): Promise<number> {
  const json = input.args.some((argument) => /^--?format=json$/.test(argument))
  const args = input.args.filter((argument) => !/^--?format=(json|text)$/.test(argument))
  const assembly = await assemble({ ...input, args, dev: args.length === 0 })
  const records = createAgent(assembly, silentLog(), () => undefined).plugins()
  writeLine(json ? JSON.stringify({ plugins: records, disabled: assembly.disabled }, null, 2) : table(records))
  if (!json && assembly.disabled.length > 0) writeLine(`\nSwitched off: ${assembly.disabled.join(', ')}`)
  return 0
}

function table(records: readonly PluginRecord[]): string {
  const rows = records.map(({ name, origin, provides, taps, summary }) => [
    name,
    origin,
    provides.join(' ') || '-',
    summary,
    taps.join(' ') || '-',
  ])
  return columns([['Plugin', 'From', 'Provides', 'What it does', 'Hooks it taps'], ...rows])
}
