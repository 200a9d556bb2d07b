import { isIPv4, isIPv6 } from 'node:net'
import type { LiveQuery } from '../../src/store/live-query.ts'
import type { Store } from '../../src/store/store.ts'
import type { CheckServiceNode, HealthCheck, Node } from '../../src/wire/structs/catalog.ts'
import type { DnsAnswer, DnsInstance, DnsQuestion } from '../dns/contract.ts'
import { type AddressOwners, addressQuestion } from './address-owners.ts'
import { healthQuestion } from './instances.ts'
import { nodeQuestion } from './queries.ts'

/** What DNS learns of the catalog. Each zone answers undefined for what it has nothing to say about. */
export function dnsZones(store: Store, datacenter: string) {
  const isOurs = (question: DnsQuestion) => question.datacenter === datacenter && question.labels.length > 0

  return {
    /** `[TAG.]NAME.service`, where a tag may hold dots, and `_NAME._TAG.service` of RFC 2782. */
    service(question: DnsQuestion): DnsAnswer | undefined {
      if (!isOurs(question)) return undefined
      const { name, tag } = serviceAndTag(question.labels)
      const wanted = tag === '' ? {} : { tags: [tag] }
      return instancesAnswer(store.queries.ask(healthQuestion(name, wanted)), question)
    },

    /** `NAME.connect`: what speaks for a service in the mesh. */
    connect(question: DnsQuestion): DnsAnswer | undefined {
      if (!isOurs(question)) return undefined
      return instancesAnswer(store.queries.ask(healthQuestion(question.labels.at(-1)!, { connect: true })), question)
    },

    /** `NAME.node`; names of nodes may hold dots. */
    node(question: DnsQuestion): DnsAnswer | undefined {
      if (!isOurs(question)) return undefined
      const family = familyOf(question.type)
      return remembered(store.queries.ask(nodeQuestion(question.labels.join('.'))), `dns/${family}`, (node) => ({
        exists: node !== undefined,
        instances: node === undefined ? [] : [nodeInstance(node, family)],
        shape: 'node',
      }))
    },

    /** Whose an address is: a node's, else a service's. */
    arpa({ address }: DnsQuestion): DnsAnswer | undefined {
      if (address === undefined) return undefined
      return remembered(store.queries.ask(addressQuestion(address)), 'dns', (owners) => {
        const instances = ownerInstances(owners)
        return { exists: instances.length > 0, instances, shape: 'node' }
      })
    },
  }
}

/** Critical instances are left out, with `onlyPassing` also those with a warning. A service without any does not exist. */
function instancesAnswer(query: LiveQuery<readonly CheckServiceNode[]>, question: DnsQuestion): DnsAnswer {
  const { onlyPassing } = question
  const family = familyOf(question.type)
  return remembered(query, `dns/${family}/${onlyPassing ? 'passing' : 'warning'}`, (found) => {
    const instances = found.filter((instance) => answers(instance, onlyPassing)).map((it) => toInstance(it, family))
    return { exists: instances.length > 0, instances, shape: 'service' }
  })
}

/** One answer for as long as the catalog's does not change: DNS keeps its encoded packets with it. */
function remembered<T>(
  query: LiveQuery<T>,
  name: string,
  make: (value: T) => Omit<DnsAnswer, 'version' | 'isCurrent'>,
): DnsAnswer {
  const form = (value: T): DnsAnswer => {
    const answer: DnsAnswer = { ...make(value), version: {}, isCurrent: () => now() === answer }
    return answer
  }
  const now = () => query.current().form(name, form)
  return now()
}

function serviceAndTag(labels: readonly string[]): { name: string; tag: string } {
  const [first = '', second = ''] = labels
  if (labels.length === 2 && first.startsWith('_') && second.startsWith('_')) {
    const tag = second.slice(1)
    return { name: first.slice(1), tag: tag.toLowerCase() === 'tcp' ? '' : tag }
  }
  return { name: labels.at(-1)!, tag: labels.slice(0, -1).join('.') }
}

function answers({ Checks }: CheckServiceNode, onlyPassing: boolean): boolean {
  return (Checks ?? []).every(({ Status }) => (onlyPassing ? Status === 'passing' : Status !== 'critical'))
}

/** Which addresses answer a question. */
type Family = 'A' | 'AAAA' | 'any'

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

function nodeInstance(node: Node, family: Family): DnsInstance {
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

function ownerInstances({ nodes, services }: AddressOwners): DnsInstance[] {
  if (nodes.length > 0) return nodes.map((node) => nodeInstance(node, 'any'))
  return services.map(({ node, service }) => ({
    ...nodeInstance(node, 'any'),
    address: service.Address,
    ownAddress: true,
    port: service.Port,
    service: service.Service,
  }))
}
