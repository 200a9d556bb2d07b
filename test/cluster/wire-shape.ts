import type { WireValue } from './consul-conversation.ts'

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

/**
 * Where a reply of ours has another shape than Consul's: another kind of value, nil instead of empty, a field too many or
 * too few, a text that should be empty or should not. Values themselves depend on the cluster and are not compared.
 */
export function shapeDifferences(ours: WireValue, theirs: WireValue, path = ''): string[] {
  if (ours.kind === 'list' && theirs.kind === 'list') {
    if ((ours.items.length === 0) !== (theirs.items.length === 0)) {
      return [`${path}: ${ours.items.length} items, where Consul has ${theirs.items.length}`]
    }
    return ours.items.flatMap((item, at) => closest(item, theirs.items, `${path}[${at}]`))
  }
  if (ours.kind === 'map' && theirs.kind === 'map') return mapDifferences(ours.entries, theirs.entries, path)
  if (shown(ours) !== shown(theirs)) return [`${path}: ${shown(ours)}, where Consul has ${shown(theirs)}`]
  return []
}

function mapDifferences(
  ours: ReadonlyMap<string, WireValue>,
  theirs: ReadonlyMap<string, WireValue>,
  path: string,
): string[] {
  const keyedById = [...theirs.keys()].some((key) => uuid.test(key))
  if (keyedById) return [...ours].flatMap(([key, value]) => closest(value, [...theirs.values()], `${path}.${key}`))
  return [
    ...[...ours.keys()].filter((key) => !theirs.has(key)).map((key) => `${path}.${key}: Consul does not send it`),
    ...[...theirs].flatMap(([key, value]) => {
      const own = ours.get(key)
      return own === undefined ? [`${path}.${key}: missing`] : shapeDifferences(own, value, `${path}.${key}`)
    }),
  ]
}

/** Lists hold things of several shapes: the differences from the one that is most alike. */
function closest(item: WireValue, among: readonly WireValue[], path: string): string[] {
  const all = among.map((other) => shapeDifferences(item, other, path))
  return all.reduce((best, one) => (one.length < best.length ? one : best))
}

function shown(value: WireValue): string {
  if (value.kind === 'text') return value.value === '' ? 'an empty text' : 'text'
  if (value.kind === 'list') return value.items.length === 0 ? 'an empty list' : 'a list'
  if (value.kind === 'map') return value.entries.size === 0 ? 'an empty map' : 'a map'
  return value.kind
}
