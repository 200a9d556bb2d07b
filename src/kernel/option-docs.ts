import { keySegments } from './option-values.ts'
import { type OptionDeclaration, type OptionDeclarations, type OptionOwner, optionKey } from './options.ts'

/** What is said about one option wherever options are listed. */
export interface OptionRow {
  readonly key: string
  readonly type: OptionDeclaration['type']
  /** As written in HCL; empty when there is none. */
  readonly default: string
  /** With its dash; empty when there is none. */
  readonly flag: string
  readonly reloadable: boolean
  readonly help: string
}

/** One row for each declaration, in the order declared. */
export function optionTable(ownerName: string, declarations: OptionDeclarations): OptionRow[] {
  return Object.entries(declarations).map(([name, declaration]) => ({
    key: optionKey(ownerName, name, declaration),
    type: declaration.type,
    default: declaration.default === undefined ? '' : hclValue(declaration.default),
    flag: declaration.flag === undefined ? '' : `-${declaration.flag}`,
    reloadable: declaration.reloadable ?? false,
    help: declaration.help,
  }))
}

/** The rows as the Markdown table that stands under `## Settings` in a plugin's README. */
export function optionTableMarkdown(rows: readonly OptionRow[]): string {
  const lines = rows.map(({ key, default: value, flag, help, reloadable }) => {
    const setting = flag === '' ? code(key) : `${code(key)}, ${code(flag)}`
    return `| ${setting} | ${value === '' ? '' : code(value)} | ${cell(help)}${reloadable ? ' Changes on reload.' : ''} |`
  })
  return ['| Setting | Default | Meaning |', '| --- | --- | --- |', ...lines, ''].join('\n')
}

function code(text: string): string {
  return `\`${cell(text)}\``
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ')
}

/** Two columns for `-help`: each flag with what it wants, and what it is for. */
export function optionHelp(ownerName: string, declarations: OptionDeclarations): [flag: string, help: string][] {
  return optionTable(ownerName, declarations)
    .filter(({ flag }) => flag !== '')
    .map(({ flag, type, help, default: value }) => [
      type === 'boolean' ? flag : `${flag}=<${flagValueWords[type]}>`,
      value === '' || type === 'boolean' ? help : `${help} Default: ${value}.`,
    ])
}

const flagValueWords: Readonly<Record<OptionDeclaration['type'], string>> = {
  text: 'text',
  path: 'path',
  integer: 'number',
  float: 'number',
  port: 'port',
  boolean: 'true|false',
  duration: 'duration',
  list: 'text',
  map: 'name:value',
  addresses: 'address',
  any: 'hcl',
}

interface ExampleBlock {
  readonly lines: string[]
  readonly blocks: Map<string, ExampleBlock>
}

/**
 * The text of `config.example.hcl`: every option with its sentence. One with a default stands as that default; one
 * without stands in a comment. Keys of several owners meet in one block (`ports { … }`), as Consul wants it.
 */
export function exampleLines(owners: readonly OptionOwner[]): string {
  const root: ExampleBlock = { lines: [], blocks: new Map() }
  for (const { name: ownerName, options } of owners) {
    for (const [name, declaration] of Object.entries(options)) {
      const segments = keySegments(optionKey(ownerName, name, declaration))
      const last = segments.pop() ?? ''
      let block = root
      for (const segment of segments) {
        const inner = block.blocks.get(segment) ?? { lines: [], blocks: new Map() }
        block.blocks.set(segment, inner)
        block = inner
      }
      block.lines.push(...exampleOption(last, declaration))
    }
  }
  return `${printBlock(root).join('\n').trim()}\n`
}

function printBlock({ lines, blocks }: ExampleBlock): string[] {
  const printed = [...lines]
  for (const [name, block] of blocks) {
    const inner = printBlock(block)
    while (inner.at(-1) === '') inner.pop()
    printed.push(`${name} {`, ...inner.map((line) => (line === '' ? '' : `  ${line}`)), '}', '')
  }
  return printed
}

function exampleOption(name: string, declaration: OptionDeclaration): string[] {
  const { help, example } = declaration
  if (declaration.default !== undefined) {
    const advice = example === undefined ? '' : ` For example: ${example}`
    return [`# ${help}${advice}`, `${name} = ${hclValue(declaration.default)}`, '']
  }
  const value = example ?? emptyValues[declaration.type]
  const assignment = value.startsWith('{') ? `${name} ${value}` : `${name} = ${value}`
  return [`# ${help}`, ...assignment.split('\n').map((line) => `# ${line}`.trimEnd()), '']
}

const emptyValues: Readonly<Record<OptionDeclaration['type'], string>> = {
  text: '""',
  path: '""',
  integer: '0',
  float: '0.0',
  port: '-1',
  boolean: 'false',
  duration: '"0s"',
  list: '[]',
  map: '{}',
  addresses: '""',
  any: '{}',
}

function hclValue(value: NonNullable<OptionDeclaration['default']>): string {
  if (typeof value !== 'object') return JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map((item) => JSON.stringify(item)).join(', ')}]`
  const entries = Object.entries(value).map(([name, text]) => `${JSON.stringify(name)} = ${JSON.stringify(text)}`)
  return entries.length === 0 ? '{}' : `{ ${entries.join(', ')} }`
}
