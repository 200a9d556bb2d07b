/** Draws docs/compatibility.md: what of Consul 1.10 is there, from the declarations and the list of what Consul has. */
import { bundledPlugins } from '../plugins/index.ts'
import { createAgent } from '../src/cli/agent.ts'
import { parseAgentArguments } from '../src/cli/argv.ts'
import { ownersOf } from '../src/cli/assemble.ts'
import { type CommandEntry, missingCommands } from '../src/cli/commands/table.ts'
import { commandGroups } from '../src/cli/run.ts'
import { silentLog } from '../src/cli/validate.ts'
import { consulFlags } from '../src/config/consul-flags.ts'
import { readConfiguration, settleConfiguration } from '../src/config/load.ts'
import { systemReader } from '../src/config/sources.ts'
import { unsupportedKeys } from '../src/config/unsupported.ts'
import { optionKey } from '../src/kernel/options.ts'
import type { DocumentedRoute } from '../src/openapi/document.ts'
import { consulEndpoints } from './consul-endpoints.ts'

export function compatibilityPage(): string {
  return [header, endpointSection(), commandSection(), settingSection(), flagSection()].join('\n')
}

const header = `# What of Consul 1.10 is there

Drawn from the declarations of routes, commands and settings by \`npm run docs\`. How the parts that are there behave is held
against recordings of Consul by the conformance suites (\`npm run conformance\`). Features of Consul Enterprise are left out.
`

/** The routes that the bundled plugins declare. Plugins are set up for it, and nothing is opened. */
function bundledRoutes(): DocumentedRoute[] {
  const owners = ownersOf(bundledPlugins)
  const args = parseAgentArguments(['-dev'], owners)
  const written = readConfiguration({
    places: [],
    format: undefined,
    fragments: [],
    flags: args.flags,
    reader: systemReader,
  })
  const assembly = {
    plugins: bundledPlugins.map((plugin) => ({ plugin, origin: 'bundled' as const })),
    disabled: [],
    configuration: settleConfiguration(written, { owners, dev: true }),
    arguments: args,
  }
  const routes: DocumentedRoute[] = []
  const agent = createAgent(assembly, silentLog(), () => undefined)
  agent.hooks.httpRoutes.call({ add: (...added) => void routes.push(...added) })
  return routes
}

function endpointSection(): string {
  const routes = bundledRoutes()
  const shapeOf = (path: string) => path.replace(/[:*]\w+/g, ':')
  const known = new Set<string>()
  let count = { done: 0, partly: 0, not: 0 }
  const sections = consulEndpoints.map(({ title, missing, endpoints }) => {
    const rows = endpoints.flatMap((line) => {
      const [methods = '', path = ''] = line.split(' ')
      return methods.split(',').map((method) => {
        known.add(`${method} ${shapeOf(path)}`)
        const route = routes.find((one) => one.methods.includes(method) && shapeOf(one.path) === shapeOf(path))
        const lacks = route?.operations?.[method]?.missing
        const state = route === undefined ? 'not' : lacks === undefined ? 'done' : 'partly'
        count = { ...count, [state]: count[state] + 1 }
        const note = state === 'not' ? (missing ?? 'not supported yet') : lacks === undefined ? '' : `without ${lacks}`
        return `| ${method} | \`${path}\` | ${state} | ${note} |`
      })
    })
    return [`### ${title}`, '', '| method | path | | |', '| --- | --- | --- | --- |', ...rows, ''].join('\n')
  })
  const own = routes.flatMap(({ methods, path, summary }) =>
    methods
      .filter((method) => !known.has(`${method} ${shapeOf(path)}`))
      .map((method) => `| ${method} | \`${path}\` | ${cell(summary)} |`),
  )
  return [
    '## HTTP endpoints',
    '',
    `Of ${count.done + count.partly + count.not} operations ${count.done} are done, ${count.partly} partly, ${count.not} not. ` +
      'A running agent describes those it has at `/v1/openapi.json`.',
    '',
    ...sections,
    '### Beyond Consul 1.10',
    '',
    '| method | path | |',
    '| --- | --- | --- |',
    ...own,
    '| GET | `/v1/openapi.json` | This interface as an OpenAPI 3.1 document. |',
    '',
  ].join('\n')
}

function commandSection(): string {
  const done = commandGroups.flatMap(({ commands }) => commands.flatMap((entry) => leaves(entry, '')))
  return [
    '## Commands',
    '',
    '| command | | |',
    '| --- | --- | --- |',
    ...done.map(({ name, summary }) => `| \`${name}\` | done | ${cell(summary)} |`),
    ...Object.entries(missingCommands).map(([name, reason]) => `| \`${name}\` | not | ${cell(reason)} |`),
    '',
  ].join('\n')
}

function leaves(entry: CommandEntry, above: string): { readonly name: string; readonly summary: string }[] {
  const name = above === '' ? entry.name : `${above} ${entry.name}`
  if (entry.subcommands === undefined) return [{ name, summary: entry.summary }]
  return entry.subcommands.flatMap((one) => leaves(one, name))
}

function settingKeys(): Set<string> {
  const owners = ownersOf(bundledPlugins)
  return new Set(
    owners.flatMap(({ name, options }) =>
      Object.entries(options).map(([option, declaration]) => optionKey(name, option, declaration)),
    ),
  )
}

function settingSection(): string {
  const done = settingKeys()
  const rows = [...unsupportedKeys]
    .filter(([key]) => !done.has(key))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, verdict]) =>
      verdict.outcome === 'renamed'
        ? `| \`${key}\` | old spelling | write \`${verdict.to}\` |`
        : `| \`${key}\` | ${verdict.outcome} | ${cell(verdict.reason)} |`,
    )
  return [
    '## Settings',
    '',
    `${done.size} settings are there, each with its meaning in [config.example.hcl](../config.example.hcl). The others that`,
    'Consul has or had; an ignored one is accepted with a warning, a refused one ends the start when it asks for something:',
    '',
    '| setting | | why |',
    '| --- | --- | --- |',
    ...rows,
    '',
  ].join('\n')
}

function flagSection(): string {
  const done = settingKeys()
  const missing = [...consulFlags].filter(([, { key }]) => !done.has(key)).sort(([a], [b]) => (a < b ? -1 : 1))
  return [
    '## Flags of the agent',
    '',
    `${consulFlags.size - missing.length} of Consul's ${consulFlags.size} flags that set something are there ` +
      '(`proconsul agent -help`). With the others happens what happens to their setting:',
    '',
    '| flag | setting |',
    '| --- | --- |',
    ...missing.map(([flag, { key }]) => `| \`-${flag}\` | \`${key}\` |`),
    '',
  ].join('\n')
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ')
}
