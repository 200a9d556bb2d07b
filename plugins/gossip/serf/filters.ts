import { compileRegexp, RegexpError } from '../../../src/filter/regexp/regexp.ts'
import { MalformedMsgpackError } from '../../../src/wire/errors.ts'
import { NodeFilterRecord, TagFilterRecord } from './records.ts'
import type { Tags } from './tags.ts'
import { decodeRecord, encodeRecord } from './wire.ts'

const filterType = { node: 0, tag: 1 } as const

/** Members a query is for. */
export interface Audience {
  /** Only these; everybody when left out or empty. */
  readonly nodes?: readonly string[]
  /** Only those whose tag contains a match of the RE2 expression; a tag that a member does not have is ''. */
  readonly tags?: Tags
}

export function encodeFilters({ nodes = [], tags = {} }: Audience): Buffer[] {
  const named = nodes.length === 0 ? [] : [encodeRecord(filterType.node, NodeFilterRecord, nodes)]
  const tagged = Object.entries(tags).map(([Tag, Expr]) => encodeRecord(filterType.tag, TagFilterRecord, { Tag, Expr }))
  return [...named, ...tagged]
}

/**
 * Whether a query with these filters is for the member of this name and tags. A filter that cannot be understood is for
 * nobody (protocol/gossip.md §8.1).
 */
export function areMetBy(filters: readonly Buffer[], name: string, tags: Tags): boolean {
  return filters.every((filter) => isMetBy(filter, name, tags))
}

function isMetBy(filter: Buffer, name: string, tags: Tags): boolean {
  try {
    const names = decodeRecord(filterType.node, NodeFilterRecord, filter)
    if (names !== undefined) return names?.includes(name) ?? false
    const wanted = decodeRecord(filterType.tag, TagFilterRecord, filter)
    if (!wanted) return false
    return compileRegexp(wanted.Expr).matches(Object.hasOwn(tags, wanted.Tag) ? tags[wanted.Tag]! : '')
  } catch (error) {
    if (error instanceof RegexpError || error instanceof MalformedMsgpackError) return false
    throw error
  }
}
