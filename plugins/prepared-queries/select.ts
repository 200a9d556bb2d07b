import type { CheckServiceNode } from '../../src/wire/structs/catalog.ts'
import type { ServiceQuery } from '../../src/wire/structs/prepared-query.ts'

/** The instances of a service that a query answers: healthy enough, and with all that it asks for. */
export function select(instances: readonly CheckServiceNode[], query: ServiceQuery): CheckServiceNode[] {
  const ignored = new Set(query.IgnoreCheckIDs ?? [])
  const { must, not } = readTags(query.Tags ?? [])
  return instances.filter(({ Node, Service, Checks }) => {
    const standing = (Checks ?? []).filter(({ CheckID }) => !ignored.has(CheckID))
    if (!standing.every(({ Status }) => (query.OnlyPassing ? Status === 'passing' : Status !== 'critical')))
      return false
    if (!hasPairs(Node?.Meta ?? null, query.NodeMeta) || !hasPairs(Service?.Meta ?? null, query.ServiceMeta))
      return false
    const held = new Set((Service?.Tags ?? []).map((tag) => tag.toLowerCase()))
    return must.every((tag) => held.has(tag)) && !not.some((tag) => held.has(tag))
  })
}

/** `!tag` is one that an instance must not have. */
function readTags(tags: readonly string[]): { readonly must: readonly string[]; readonly not: readonly string[] } {
  const lower = tags.map((tag) => tag.toLowerCase())
  return {
    must: lower.filter((tag) => !tag.startsWith('!')),
    not: lower.filter((tag) => tag.startsWith('!')).map((tag) => tag.slice(1)),
  }
}

type Pairs = Readonly<Record<string, string>> | null

function hasPairs(held: Pairs, wanted: Pairs): boolean {
  return Object.entries(wanted ?? {}).every(
    ([key, value]) => held !== null && Object.hasOwn(held, key) && held[key] === value,
  )
}
