import { sameValue } from '../../src/rules/equality.ts'
import type {
  DeregisterRequest,
  HealthCheck,
  Node,
  NodeService,
  RegisterRequest,
} from '../../src/wire/structs/catalog.ts'
import { HealthCheck as HealthCheckStruct, NodeService as NodeServiceStruct } from '../../src/wire/structs/catalog.ts'
import type { Member } from '../gossip/contract.ts'
import { serfHealth } from './tables.ts'

/** What the catalog holds of a member. */
export interface HeldMember {
  readonly node: Node | undefined
  /** The instance of `consul` on it. */
  readonly server: NodeService | undefined
  readonly health: HealthCheck | undefined
}

/** A command that brings the catalog in step with gossip, and the log line that says so. */
export type Correction =
  | { readonly command: 'Register'; readonly request: RegisterRequest; readonly log: string }
  | { readonly command: 'Deregister'; readonly request: DeregisterRequest; readonly log: string }

/**
 * What an alive member needs in the catalog (protocol/servers.md §14.2): its node, a passing `serfHealth`, and for a
 * server the service `consul`. Undefined when all of it is there.
 */
export function correctAlive(member: Member, held: HeldMember, datacenter: string): Correction | undefined {
  const server = serverService(member)
  const known =
    held.node?.Address === member.address &&
    held.health?.Status === 'passing' &&
    (server === undefined || (held.server !== undefined && sameValue(held.server.Meta, server.Meta)))
  if (known) return undefined
  // The agent of a node that is not known yet may be registering it at this moment: what it says must not be overwritten.
  const isNew = held.node === undefined
  const request = registration(member, held.node, datacenter, isNew, 'passing', 'Agent alive and reachable')
  return {
    command: 'Register',
    request: { ...request, Service: server ?? null },
    log: 'member joined, marking health alive',
  }
}

/** A member that failed is shown as critical; one the catalog does not know stays unknown. */
export function correctFailed(member: Member, held: HeldMember, datacenter: string): Correction | undefined {
  if (held.node === undefined) return undefined
  if (held.node.Address === member.address && held.health?.Status === 'critical') return undefined
  const request = registration(member, undefined, datacenter, true, 'critical', 'Agent not live or unreachable')
  return { command: 'Register', request, log: 'member failed, marking health critical' }
}

/** Who left, or was forgotten by gossip, goes with everything that was registered there. */
export function correctGone(name: string, held: HeldMember, datacenter: string): Correction | undefined {
  if (held.node === undefined) return undefined
  return {
    command: 'Deregister',
    request: { Datacenter: datacenter, Node: name, ServiceID: '', CheckID: '', Token: '' },
    log: 'deregistering member',
  }
}

/** A node that is there keeps the addresses and meta its agent gave it. */
function registration(
  member: Member,
  held: Node | undefined,
  datacenter: string,
  skipNodeUpdate: boolean,
  status: string,
  output: string,
): RegisterRequest {
  return {
    Datacenter: datacenter,
    ID: member.tags.id ?? '',
    Node: member.name,
    Address: member.address,
    TaggedAddresses: held?.TaggedAddresses ?? null,
    NodeMeta: held?.Meta ?? null,
    Service: null,
    Check: {
      ...HealthCheckStruct.zero(),
      Node: member.name,
      CheckID: serfHealth,
      Name: 'Serf Health Status',
      Status: status,
      Output: output,
    },
    Checks: null,
    SkipNodeUpdate: skipNodeUpdate,
    Token: '',
    CreateIndex: 0,
    ModifyIndex: 0,
  }
}

/** The service every server offers; undefined for a client agent. */
function serverService({ tags, protocol }: Member): NodeService | undefined {
  if (tags.role !== 'consul') return undefined
  return {
    ...NodeServiceStruct.zero(),
    ID: 'consul',
    Service: 'consul',
    Port: Number(tags.port ?? 0),
    Weights: { Passing: 1, Warning: 1 },
    Meta: {
      non_voter: String(tags.nonvoter === '1'),
      raft_version: tags.raft_vsn ?? '',
      read_replica: String(tags.read_replica === '1'),
      serf_protocol_current: String(protocol.current),
      serf_protocol_max: String(protocol.max),
      serf_protocol_min: String(protocol.min),
      version: (tags.build ?? '').split(':')[0]!,
    },
  }
}
