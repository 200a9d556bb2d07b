import { sameCheck, sameService, sameValue } from '../../src/rules/equality.ts'
import type { HealthCheck, Node, NodeService } from '../../src/wire/structs/catalog.ts'

/** What a node says of itself in the catalog. */
export type NodeFacts = Pick<Node, 'ID' | 'Node' | 'Address' | 'TaggedAddresses' | 'Meta'>

export interface OurSide {
  readonly node: NodeFacts
  readonly services: Iterable<NodeService>
  readonly checks: Iterable<HealthCheck>
  /** Checks whose output alone changed lately: it is left as it is for now. */
  readonly outputLater: ReadonlySet<string>
}

export interface TheirSide {
  readonly node: Node | undefined
  readonly services: readonly NodeService[]
  readonly checks: readonly HealthCheck[]
}

/** What must be sent so that the catalog shows what is registered here. All by id. */
export interface Difference {
  readonly node: boolean
  readonly services: readonly string[]
  readonly checks: readonly string[]
  readonly goneServices: readonly string[]
  /** Without those that go together with their service. */
  readonly goneChecks: readonly string[]
  /** Services whose tags were changed in the catalog, which they allow: the tags to take over. */
  readonly tags: ReadonlyMap<string, NodeService['Tags']>
}

/** Looked after by the leader, which knows better than an agent whether that agent is alive. */
const leadersService = 'consul'
const leadersCheck = 'serfhealth'

/** Compares by protocol/servers.md §6.2. Ids are the same in any letter case, as the catalog sees them. */
export function difference(ours: OurSide, theirs: TheirSide): Difference {
  const theirServices = new Map(theirs.services.map((service) => [service.ID.toLowerCase(), service]))
  const theirChecks = new Map(theirs.checks.map((check) => [check.CheckID.toLowerCase(), check]))
  const services: string[] = []
  const tags = new Map<string, NodeService['Tags']>()
  const ourTagsOf = new Map<string, NodeService['Tags']>()

  for (const service of ours.services) {
    const key = service.ID.toLowerCase()
    const held = theirServices.get(key)
    theirServices.delete(key)
    let wanted = service
    if (held !== undefined && service.EnableTagOverride) {
      if (!sameValue(service.Tags, held.Tags)) tags.set(service.ID, held.Tags)
      wanted = { ...service, Tags: held.Tags }
      ourTagsOf.set(service.ID, held.Tags)
    }
    if (held === undefined || !sameService(wanted, held)) services.push(service.ID)
  }

  const checks: string[] = []
  for (const check of ours.checks) {
    const key = check.CheckID.toLowerCase()
    const held = theirChecks.get(key)
    theirChecks.delete(key)
    const ServiceTags = ourTagsOf.has(check.ServiceID) ? (ourTagsOf.get(check.ServiceID) ?? null) : check.ServiceTags
    const Output = held !== undefined && ours.outputLater.has(check.CheckID) ? held.Output : check.Output
    if (held === undefined || !sameCheck({ ...check, ServiceTags, Output }, held)) checks.push(check.CheckID)
  }

  theirServices.delete(leadersService)
  theirChecks.delete(leadersCheck)
  return {
    node: !sameNode(ours.node, theirs.node),
    services,
    checks,
    goneServices: [...theirServices.values()].map(({ ID }) => ID),
    goneChecks: [...theirChecks.values()]
      .filter(({ ServiceID }) => !theirServices.has(ServiceID.toLowerCase()))
      .map(({ CheckID }) => CheckID),
    tags,
  }
}

function sameNode(ours: NodeFacts, theirs: Node | undefined): boolean {
  return (
    theirs !== undefined &&
    ours.ID === theirs.ID &&
    ours.Address === theirs.Address &&
    sameValue(ours.TaggedAddresses, theirs.TaggedAddresses) &&
    sameValue(ours.Meta, theirs.Meta)
  )
}
