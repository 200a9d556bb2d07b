import { list, message } from '../../src/wire/schema.ts'
import { type Coordinate, DatacenterMap } from '../../src/wire/structs/coordinate.ts'
import type { Members } from '../gossip/contract.ts'
import { originCoordinate } from './nearest.ts'

/** The pool whose coordinates these are: servers of all datacenters. Others are a matter of Consul's enterprise. */
const area = 'wan'

export const DatacenterMaps = message(list(DatacenterMap, { nil: '[]' }))

/** Where the servers of each datacenter stand, as far as this server has measured; by datacenter. */
export function datacenterMaps(members: Members): DatacenterMap[] {
  const found = new Map<string, Coordinate[]>()
  for (const { name, tags } of members.list(true)) {
    const datacenter = tags.dc ?? ''
    const Coord = isSelf(members, name, datacenter)
      ? (members.coordinate(true) ?? originCoordinate)
      : members.coordinateOf(name, true)
    if (tags.role !== 'consul' || Coord === undefined) continue
    const nodes = found.get(datacenter) ?? []
    found.set(datacenter, nodes)
    nodes.push({ Node: withoutDatacenter(name, datacenter), Segment: '', Coord })
  }
  return [...found]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([Datacenter, Coordinates]) => ({ Datacenter, AreaID: area, Coordinates }))
}

function isSelf(members: Members, name: string, datacenter: string): boolean {
  return withoutDatacenter(name, datacenter) === members.self().name && datacenter === (members.self().tags.dc ?? '')
}

function withoutDatacenter(name: string, datacenter: string): string {
  return name.endsWith(`.${datacenter}`) ? name.slice(0, -datacenter.length - 1) : name
}
