import { isIPv4, isIPv6 } from 'node:net'
import type { CheckServiceNode, HealthCheck, Node } from '../../src/wire/structs/catalog.ts'
import type { DnsInstance } from '../dns/contract.ts'
import type { AddressOwners } from './address-owners.ts'

/** Whether DNS answers with an instance: not when it is critical, with `onlyPassing` also not with a warning. */
export function answers({ Checks }: CheckServiceNode, onlyPassing: boolean): boolean {
  return (Checks ?? []).every(({ Status }) => (onlyPassing ? Status === 'passing' : Status !== 'critical'))
}

/** Which addresses answer a question. */
export type Family = 'A' | 'AAAA' | 'any'

/** The family that a question of this type asks for. */
export function familyOf(type: string): Family {
  return type === 'A' || type === 'AAAA' ? type : 'any'
}

/** An instance as DNS answers with it: the address that fits the family best. */
export function toInstance({ Node, Service, Checks }: CheckServiceNode, family: Family): DnsInstance {
  const node = Node!
  const service = Service!
  const own = ofFamily(family, service.Address, {
    lan_ipv4: service.TaggedAddresses?.lan_ipv4?.Address,
    lan_ipv6: service.TaggedAddresses?.lan_ipv6?.Address,
  })
  const onNode = nodeInstance(node, family)
  return {
    ...onNode,
    // An address of the other family is better than none: it tells that the name exists.
    address: own || (service.Address !== '' && !fits(family, onNode.address) ? service.Address : onNode.address),
    ownAddress: own !== '' || (service.Address !== '' && !fits(family, onNode.address)),
    port: service.Port,
    weight: weightOf(Checks ?? [], service.Service, service.Weights ?? { Passing: 1, Warning: 1 }),
    nodeAddress: onNode.address,
  }
}

/** A node as DNS answers with it. */
export function nodeInstance(node: Node, family: Family): DnsInstance {
  return {
    address: ofFamily(family, node.Address, node.TaggedAddresses ?? {}) || node.Address,
    port: 0,
    weight: 1,
    node: node.Node,
    datacenter: node.Datacenter,
    ownAddress: false,
    nodeMeta: node.Meta ?? {},
  }
}

/** The address for a family: the one tagged with it, else the plain one if it fits. Host names fit every family. */
function ofFamily(
  family: Family,
  plain: string,
  tagged: { readonly lan_ipv4?: string | undefined; readonly lan_ipv6?: string | undefined },
): string {
  if (family === 'A' && tagged.lan_ipv4) return tagged.lan_ipv4
  if (family === 'AAAA' && tagged.lan_ipv6) return tagged.lan_ipv6
  return fits(family, plain) ? plain : ''
}

function fits(family: Family, address: string): boolean {
  if (family === 'A') return !isIPv6(address)
  return family === 'any' || !isIPv4(address)
}

/** The share of an SRV answer that an instance gets, by its worst check. */
function weightOf(
  checks: readonly HealthCheck[],
  service: string,
  weights: { readonly Passing: number; readonly Warning: number },
): number {
  const concerned = checks.filter(({ ServiceName }) => ServiceName === '' || ServiceName === service)
  return concerned.some(({ Status }) => Status === 'warning') ? weights.Warning : weights.Passing
}

/** Whoever an address belongs to, as DNS shows it. */
export function ownerInstances({ nodes, services }: AddressOwners): DnsInstance[] {
  if (nodes.length > 0) return nodes.map((node) => nodeInstance(node, 'any'))
  return services.map(({ node, service }) => ({
    ...nodeInstance(node, 'any'),
    address: service.Address,
    ownAddress: true,
    port: service.Port,
    service: service.Service,
  }))
}
