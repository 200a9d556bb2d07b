import { bool, list, struct, text } from '../../src/wire/schema.ts'
import { type CheckServiceNode, NodeInfo, type ServiceInfo } from '../../src/wire/structs/catalog.ts'
import { IntentionDecisionSummary, type ServiceTopology } from '../../src/wire/structs/topology.ts'
import { byName, ServiceSummary, summarize, summaryFields } from './summaries.ts'
import { lookupName } from './tables.ts'

/*
 * The shapes of `/v1/internal/ui`, which web pages are drawn from, and what they are made of.
 */

/** A node with everything on it. What is not there is an empty list, but inside the rows as it was registered. */
export const UiNode = NodeInfo.view({ Services: { nil: '[]' }, Checks: { nil: '[]' } })
export const UiNodes = list(UiNode, { nil: '[]' })

export const ServiceSummaries = list(ServiceSummary, { nil: '[]' })

export const ServiceListings = list(
  struct('ServiceListing', {
    ...summaryFields,
    /** A proxy stands in front of the service. */
    ConnectedWithProxy: bool(),
    /** A gateway that has instances stands in for the service. */
    ConnectedWithGateway: bool(),
  }),
  { nil: '[]' },
)

const Neighbours = list(
  struct('NeighbourService', {
    ...summaryFields,
    /** How it is known that the two talk: `proxy-registration`, `default-allow` or by which intention. */
    Source: text(),
    Intention: IntentionDecisionSummary,
  }),
  { nil: '[]' },
)

export const UiTopology = struct('TopologySummary', {
  Protocol: text(),
  TransparentProxy: bool(),
  Upstreams: Neighbours,
  Downstreams: Neighbours,
  FilteredByACLs: bool(),
})

/** All services, each with whether one of the proxies in the list stands in front of it. */
export function serviceListings(instances: readonly CheckServiceNode[]) {
  return byName(summarize(instances)).map((summary) => ({
    ...summary.toSummary(),
    ConnectedWithProxy: summary.hasProxy,
    ConnectedWithGateway: false,
  }))
}

/** The services that a gateway stands in for. */
export function boundServices(instances: readonly ServiceInfo[]) {
  return byName(summarize(instances)).map((summary) => summary.toSummary())
}

/** The neighbours of a service, one line for each. */
export function topologySummary(topology: ServiceTopology) {
  return {
    Protocol: topology.MetricsProtocol,
    TransparentProxy: topology.TransparentProxy,
    Upstreams: neighbours(topology.Upstreams, topology.UpstreamDecisions, topology.UpstreamSources),
    Downstreams: neighbours(topology.Downstreams, topology.DownstreamDecisions, topology.DownstreamSources),
    FilteredByACLs: false,
  }
}

/** Proxies count for the services that they stand in front of, and are not shown beside them. */
function neighbours(
  instances: ServiceTopology['Upstreams'],
  decisions: ServiceTopology['UpstreamDecisions'],
  sources: ServiceTopology['UpstreamSources'],
) {
  return byName(summarize(instances ?? []))
    .filter(({ kind }) => kind === '' || kind === 'ingress-gateway')
    .map((summary) => ({
      ...summary.toSummary(),
      Source: found(sources, summary.name) ?? '',
      Intention: found(decisions, summary.name) ?? IntentionDecisionSummary.zero(),
    }))
}

function found<Value>(byName: Readonly<Record<string, Value>> | null, name: string): Value | undefined {
  return Object.entries(byName ?? {}).find(([key]) => lookupName(key) === lookupName(name))?.[1]
}
