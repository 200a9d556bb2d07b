import { optionHelp } from '../kernel/option-docs.ts'
import type { AnyPlugin } from '../kernel/plugin.ts'
import { ownFlagHelp } from './argv.ts'
import { ownersOf } from './assemble.ts'
import { columns } from './print.ts'

/** The text behind `-help` of a command that takes the agent's flags: every flag, by the plugin it belongs to. */
export function agentHelp(command: string, summary: string, plugins: readonly AnyPlugin[]): string {
  const sections = ownersOf(plugins)
    .map(({ name, options }) => ({ name, rows: optionHelp(name, options) }))
    .filter(({ rows }) => rows.length > 0)
  const files = command === 'validate' ? ' [FILE or FOLDER …]' : ''
  return [
    `usage: proconsul ${command} [flags]${files}`,
    `${summary}. Every flag is written with one dash or two; -name=value and -name value mean the same.`,
    '',
    'where configuration comes from',
    indent(columns(ownFlagHelp())),
    ...sections.flatMap(({ name, rows }) => ['', name, indent(columns(rows))]),
  ].join('\n')
}

function indent(text: string): string {
  return text.replaceAll(/^/gm, '  ')
}
