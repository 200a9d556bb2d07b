import { parseGoBoolean } from '../config/flags.ts'
import { parseDuration } from '../kernel/duration.ts'
import { formatProblem } from '../kernel/option-values.ts'
import { readFlags } from './argv.ts'
import { CommandUsageError } from './command-errors.ts'

/** One flag of a command that talks to an agent. */
export type FlagDeclaration = {
  readonly help: string
  /** What stands for the value in help; `text`, `number` and the like when left out. */
  readonly argument?: string
} & (
  | { readonly type: 'boolean' }
  | { readonly type: 'text'; readonly default?: string }
  | { readonly type: 'integer'; readonly default?: number }
  /** In milliseconds; written as Go durations. */
  | { readonly type: 'duration' }
  /** May be repeated. */
  | { readonly type: 'list' }
  /** `name=value`, may be repeated. */
  | { readonly type: 'pairs' }
)

export type FlagDeclarations = Readonly<Record<string, FlagDeclaration>>

interface ValueTypes {
  boolean: boolean
  text: string
  integer: number
  duration: number
  list: readonly string[]
  pairs: Readonly<Record<string, string>>
}

type FlagValue<D extends FlagDeclaration> = D extends
  | { readonly default: unknown }
  | { readonly type: 'list' | 'pairs' }
  ? ValueTypes[D['type']]
  : ValueTypes[D['type']] | undefined

/** The values of a command's flags by name; undefined for one that was not given and has no default. */
export type FlagValues<F extends FlagDeclarations> = { readonly [N in keyof F]: FlagValue<F[N]> }

export interface ParsedFlags<F extends FlagDeclarations> {
  readonly help: boolean
  readonly flags: FlagValues<F>
  /** What follows the flags. */
  readonly args: readonly string[]
}

/** @throws CommandUsageError with all that is wrong */
export function parseFlags<F extends FlagDeclarations>(args: readonly string[], declarations: F): ParsedFlags<F> {
  const { uses, rest, problems } = readFlags(
    args,
    (name) => {
      if (name === 'h' || name === 'help') return 'boolean'
      if (!Object.hasOwn(declarations, name)) return undefined
      return declarations[name]!.type === 'boolean' ? 'boolean' : 'value'
    },
    Object.keys(declarations),
  )
  const complaints = problems.map(formatProblem)
  const values: Record<string, unknown> = {}
  for (const [name, declaration] of Object.entries(declarations)) {
    if (declaration.type === 'list') values[name] = []
    else if (declaration.type === 'pairs') values[name] = {}
    else values[name] = 'default' in declaration ? declaration.default : undefined
  }
  let help = false
  for (const { name, value } of uses) {
    const declaration = declarations[name]
    if (declaration === undefined) help = true
    else {
      const text = value ?? (declaration.type === 'boolean' ? 'true' : '')
      const { found, wanted } = readValue(declaration.type, text, values[name])
      if (found === undefined) complaints.push(`flag -${name}: ${JSON.stringify(text)} is not ${wanted}`)
      else values[name] = found
    }
  }
  if (complaints.length > 0 && !help) throw new CommandUsageError(complaints.join('\n'))
  return { help, flags: values as FlagValues<F>, args: rest }
}

/** What a flag's text means, undefined when it means nothing; `held` is what the flag has said already. */
function readValue(
  type: FlagDeclaration['type'],
  text: string,
  held: unknown,
): { readonly found: unknown; readonly wanted: string } {
  switch (type) {
    case 'boolean':
      return { found: parseGoBoolean(text), wanted: 'true or false' }
    case 'text':
      return { found: text, wanted: 'a text' }
    case 'integer':
      return { found: /^\d{1,15}$/.test(text) ? Number(text) : undefined, wanted: 'a number from 0 on' }
    case 'duration':
      return { found: parseDuration(text), wanted: 'a duration such as 10s or 1m30s' }
    case 'list':
      return { found: [...(held as string[]), text], wanted: 'a text' }
    case 'pairs': {
      const at = text.indexOf('=')
      const found = at <= 0 ? undefined : { ...(held as object), [text.slice(0, at)]: text.slice(at + 1) }
      return { found, wanted: 'a pair such as name=value' }
    }
  }
}
