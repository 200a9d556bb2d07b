import { compileRegexp, type Regexp, RegexpError } from '../../src/filter/regexp/regexp.ts'
import { EventRefusedError } from './errors.ts'
import type { UserEvent } from './user-event.ts'

/** What of an agent events may ask for. */
export interface Receiver {
  readonly node: string
  readonly services: readonly { readonly Service: string; readonly Tags: readonly string[] | null }[]
}

interface Filters {
  readonly node: Regexp | undefined
  readonly service: Regexp | undefined
  readonly tag: Regexp | undefined
}

/** Throws EventRefusedError, in Consul's words, for an event that no agent could judge. */
export function requireGoodFilters(event: UserEvent): void {
  if (event.TagFilter !== '' && event.ServiceFilter === '') {
    throw new EventRefusedError('Cannot provide tag filter without service filter')
  }
  compileFilters(event)
}

/**
 * Whether an event is for this agent: its node, and one of its services with one of that service's tags, have to fit the
 * filters that there are. Throws EventRefusedError for filters that are no regular expressions.
 */
export function isFor(event: UserEvent, { node, services }: Receiver): boolean {
  const filters = compileFilters(event)
  if (filters.node && !filters.node.matches(node)) return false
  const { service, tag } = filters
  if (!service) return true
  return services.some(
    ({ Service, Tags }) => service.matches(Service) && (!tag || (Tags ?? []).some((it) => tag.matches(it))),
  )
}

function compileFilters({ NodeFilter, ServiceFilter, TagFilter }: UserEvent): Filters {
  return {
    node: compile('node', NodeFilter),
    service: compile('service', ServiceFilter),
    tag: compile('tag', TagFilter),
  }
}

function compile(what: string, pattern: string): Regexp | undefined {
  if (pattern === '') return undefined
  try {
    return compileRegexp(pattern)
  } catch (error) {
    if (!(error instanceof RegexpError)) throw error
    throw new EventRefusedError(`Invalid ${what} filter: ${error.message}`, { cause: error })
  }
}
