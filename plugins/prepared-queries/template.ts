import { type CapturingRegexp, compileCapturing, RegexpError } from '../../src/filter/regexp/regexp.ts'
import type { PreparedQuery, ServiceQuery } from '../../src/wire/structs/prepared-query.ts'
import { PreparedQueryRefusedError } from './errors.ts'
import { evaluateHil, HilEvaluationError, type Scope } from './hil/evaluate.ts'
import { HilSyntaxError, parseHil } from './hil/parse.ts'
import type { Expression } from './hil/syntax.ts'

/** Makes the query for one name. `segment` is the network segment of the agent that asks. */
export type Template = (name: string, segment: string) => PreparedQuery

/** A query with a template answers every name that begins with its own, `''` all there are. */
export function isTemplate(query: PreparedQuery): boolean {
  return query.Template.Type !== ''
}

/**
 * Compiles a query whose texts have interpolations (protocol/servers.md §13.5). Every server does so as it carries out the
 * command, and comes to the same verdict. Throws PreparedQueryRefusedError.
 */
export function compileTemplate(query: PreparedQuery): Template {
  const { Type, Regexp, RemoveEmptyTags } = query.Template
  if (Type !== 'name_prefix_match') throw new PreparedQueryRefusedError(`Bad Template.Type '${Type}'`)
  const expressions = new Map<string, Expression>()
  mapTexts(query.Service, (text, path) => {
    expressions.set(path, parse(text, path))
    return text
  })
  const regexp = Regexp === '' ? undefined : compile(Regexp)

  const template: Template = (name, segment) => {
    const scope = scopeFor(query, name, segment, regexp)
    const Service = mapTexts(query.Service, (text, path) => evaluate(expressions.get(path)!, scope, text, path))
    if (!RemoveEmptyTags) return { ...query, Service }
    return { ...query, Service: { ...Service, Tags: (Service.Tags ?? []).filter((tag) => tag !== '') } }
  }
  // Tried once with the shortest name it is for: mistakes show when it is written, not when it is used.
  template(query.Name, '')
  return template
}

function scopeFor(query: PreparedQuery, name: string, segment: string, regexp: CapturingRegexp | undefined): Scope {
  const caught = regexp?.capture(name) ?? []
  return {
    variables: {
      'name.full': name,
      'name.prefix': query.Name,
      'name.suffix': name.startsWith(query.Name) ? name.slice(query.Name.length) : name,
      'agent.segment': segment,
    },
    functions: { match: { args: ['int'], call: ([group]) => caught[Number(group!.value)] ?? '' } },
  }
}

/** The same service query with each text in it replaced, values of maps included. Paths are those of Consul's messages. */
function mapTexts(query: ServiceQuery, replace: (text: string, path: string) => string): ServiceQuery {
  const inList = (texts: readonly string[] | null, path: string) =>
    texts?.map((text, at) => replace(text, `${path}[${at}]`)) ?? null
  const inMap = (pairs: ServiceQuery['NodeMeta'], path: string) =>
    pairs && Object.fromEntries(Object.entries(pairs).map(([key, text]) => [key, replace(text, `${path}[${key}]`)]))
  return {
    Service: replace(query.Service, '.Service'),
    Failover: { ...query.Failover, Datacenters: inList(query.Failover.Datacenters, '.Failover.Datacenters') },
    OnlyPassing: query.OnlyPassing,
    IgnoreCheckIDs: inList(query.IgnoreCheckIDs, '.IgnoreCheckIDs'),
    Near: replace(query.Near, '.Near'),
    Tags: inList(query.Tags, '.Tags'),
    NodeMeta: inMap(query.NodeMeta, '.NodeMeta'),
    ServiceMeta: inMap(query.ServiceMeta, '.ServiceMeta'),
    Connect: query.Connect,
  }
}

function parse(text: string, path: string): Expression {
  try {
    return parseHil(text)
  } catch (error) {
    if (!(error instanceof HilSyntaxError)) throw error
    throw new PreparedQueryRefusedError(`Bad format '${text}' in Service${path}: ${error.message}`, { cause: error })
  }
}

function evaluate(expression: Expression, scope: Scope, text: string, path: string): string {
  try {
    return evaluateHil(expression, scope)
  } catch (error) {
    if (!(error instanceof HilEvaluationError)) throw error
    throw new PreparedQueryRefusedError(`Bad evaluation for '${text}' in Service${path}: ${error.message}`, {
      cause: error,
    })
  }
}

function compile(pattern: string): CapturingRegexp {
  try {
    return compileCapturing(pattern)
  } catch (error) {
    if (!(error instanceof RegexpError)) throw error
    throw new PreparedQueryRefusedError(`Bad Regexp: ${error.message}`, { cause: error })
  }
}
