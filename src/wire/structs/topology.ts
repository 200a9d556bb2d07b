import { bool, type Infer, list, map, optional, struct, text } from '../schema.ts'
import { CheckServiceNode, GatewayService } from './catalog.ts'
import { queryMeta } from './query.ts'

/** Instances together with the gateways that lead to them, for the user interface. */
export const IndexedNodesWithGateways = struct('IndexedNodesWithGateways', {
  Nodes: list(CheckServiceNode),
  Gateways: list(GatewayService),
  ...queryMeta,
})
export type IndexedNodesWithGateways = Infer<typeof IndexedNodesWithGateways>

/** Why one service may or may not connect to another. */
export const IntentionDecisionSummary = struct('IntentionDecisionSummary', {
  Allowed: bool(),
  HasPermissions: bool(),
  ExternalSource: text(),
  HasExact: bool(),
  DefaultAllow: bool(),
})
export type IntentionDecisionSummary = Infer<typeof IntentionDecisionSummary>

/** Which services a service of the mesh talks to, and which talk to it. */
export const ServiceTopology = struct('ServiceTopology', {
  Upstreams: list(CheckServiceNode),
  Downstreams: list(CheckServiceNode),
  UpstreamDecisions: map(IntentionDecisionSummary),
  DownstreamDecisions: map(IntentionDecisionSummary),
  MetricsProtocol: text(),
  TransparentProxy: bool(),
  UpstreamSources: map(text()),
  DownstreamSources: map(text()),
})
export type ServiceTopology = Infer<typeof ServiceTopology>

export const IndexedServiceTopology = struct('IndexedServiceTopology', {
  ServiceTopology: optional(ServiceTopology),
  FilteredByACLs: bool(),
  ...queryMeta,
})
export type IndexedServiceTopology = Infer<typeof IndexedServiceTopology>
