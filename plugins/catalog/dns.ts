import { RemoteError } from '../../src/rpc/errors.ts'
import { canonicalAddress } from '../../src/rules/address.ts'
import type { Answer } from '../../src/store/answer.ts'
import type { LiveQuery } from '../../src/store/live-query.ts'
import type { Store } from '../../src/store/store.ts'
import { NoPathToDatacenterError } from '../../src/wire/cluster-errors.ts'
import { type CheckServiceNode, Node, type ServiceNode } from '../../src/wire/structs/catalog.ts'
import type { DnsAnswer, DnsQuestion } from '../dns/contract.ts'
import type { Read, ReadManner, Rpc } from '../rpc/contract.ts'
import { type AddressOwners, addressQuestion } from './address-owners.ts'
import { answers, familyOf, nodeInstance, ownerInstances, toInstance } from './dns-instances.ts'
import type { HealthReads } from './health-rpc.ts'
import { nodeQuestion } from './queries.ts'
import type { CatalogReads } from './rpc.ts'
import { lookupName } from './tables.ts'

export interface DnsZonesSetup {
  readonly store: Store
  readonly rpc: Rpc
  readonly reads: CatalogReads
  readonly health: HealthReads
}

type Shown = Omit<DnsAnswer, 'version' | 'isCurrent'>
type Answered = DnsAnswer | undefined | Promise<DnsAnswer | undefined>

/**
 * What DNS learns of the catalog. Each zone answers undefined for what it has nothing to say about; at once from this
 * server's own state, later where another server has to be asked.
 */
export function dnsZones({ store, rpc, reads, health }: DnsZonesSetup) {
  const everyOne = { nodeMeta: {}, filter: '', near: undefined, passing: false, ingress: false }
  const isHere = (question: DnsQuestion) => rpc.place(mannerOf(question)) === 'here'

  /** Critical instances are left out, with `onlyPassing` also those with a warning. A service without any does not exist. */
  function instances(service: string, connect: boolean, tags: readonly string[], question: DnsQuestion): Answered {
    const { onlyPassing } = question
    const family = familyOf(question.type)
    const show = (found: readonly CheckServiceNode[]): Shown => {
      const shown = found.filter((instance) => answers(instance, onlyPassing)).map((it) => toInstance(it, family))
      return { exists: shown.length > 0, instances: shown, shape: 'service' }
    }
    const read = rpc.read(health.instances, { ...everyOne, service, connect, tags })
    if (isHere(question)) return remembered(read.query, `dns/${family}/${onlyPassing ? 'passing' : 'warning'}`, show)
    return asked(read, mannerOf(question), show)
  }

  return {
    /** `[TAG.]NAME.service`, where a tag may hold dots, and `_NAME._TAG.service` of RFC 2782. */
    service(question: DnsQuestion): Answered {
      if (question.labels.length === 0) return undefined
      const { name, tag } = serviceAndTag(question.labels)
      return instances(name, false, tag === '' ? [] : [tag], question)
    },

    /** `NAME.connect`: what speaks for a service in the mesh. */
    connect(question: DnsQuestion): Answered {
      if (question.labels.length === 0) return undefined
      return instances(question.labels.at(-1)!, true, [], question)
    },

    /** `NAME.node`; names of nodes may hold dots. */
    node(question: DnsQuestion): Answered {
      if (question.labels.length === 0) return undefined
      const name = question.labels.join('.')
      const family = familyOf(question.type)
      const show = (node: Node | undefined): Shown => ({
        exists: node !== undefined,
        instances: node === undefined ? [] : [nodeInstance(node, family)],
        shape: 'node',
      })
      if (isHere(question)) return remembered(store.queries.ask(nodeQuestion(name)), `dns/${family}`, show)
      // Servers find nodes by the beginning of their ids, too, which are no names.
      const isMeant = (node: Node | undefined) => node !== undefined && lookupName(node.Node) === lookupName(name)
      const read = rpc.read(reads.nodeServices, { node: name, filter: '' })
      return asked(read, mannerOf(question), ({ node }) => show(isMeant(node) ? node : undefined))
    },

    /** Whose an address is: a node's, else a service's. */
    arpa(question: DnsQuestion): Answered {
      const { address } = question
      if (address === undefined) return undefined
      const show = (owners: AddressOwners): Shown => {
        const owned = ownerInstances(owners)
        return { exists: owned.length > 0, instances: owned, shape: 'node' }
      }
      if (isHere(question)) return remembered(store.queries.ask(addressQuestion(address)), 'dns', show)
      return owners(rpc, reads, address, mannerOf(question)).then((found) => found && { ...show(found), version: {} })
    },
  }
}

function mannerOf({ consistency = 'stale', datacenter }: DnsQuestion): ReadManner {
  return { consistency, datacenter }
}

/** Who has an address, asked of another server. Undefined where there is no such datacenter. */
async function owners(
  rpc: Rpc,
  reads: CatalogReads,
  address: string,
  manner: ReadManner,
): Promise<AddressOwners | undefined> {
  const list = { nodeMeta: {}, filter: '', near: undefined }
  const all = await fetched(rpc.read(reads.nodes, list), manner)
  if (all === undefined) return undefined
  const nodes = all.value.filter((node) => canonicalAddress(node.Address) === address)
  if (nodes.length > 0) return { nodes, services: [] }
  const instances = { ...list, service: '', address, connect: false, tags: [] }
  const found = await fetched(rpc.read(reads.serviceNodes, instances), manner)
  return { nodes, services: found?.value.map(ownerOf) ?? [] }
}

function ownerOf(row: ServiceNode): AddressOwners['services'][number] {
  return {
    node: { ...Node.zero(), Node: row.Node, Address: row.Address, Datacenter: row.Datacenter, Meta: row.NodeMeta },
    service: { Service: row.ServiceName, Address: row.ServiceAddress, Port: row.ServicePort },
  }
}

/** An answer from another server: none to keep, as nobody tells when it changes. */
async function asked<T>(read: Read<T>, manner: ReadManner, show: (value: T) => Shown): Promise<DnsAnswer | undefined> {
  const answer = await fetched(read, manner)
  return answer && { ...show(answer.value), version: {} }
}

/** Undefined where there is no such datacenter. */
async function fetched<T>(read: Read<T>, manner: ReadManner): Promise<Answer<T> | undefined> {
  try {
    return (await read.fetch(manner)).answer
  } catch (error) {
    if (error instanceof NoPathToDatacenterError) return undefined
    if (error instanceof RemoteError && error.text.endsWith(new NoPathToDatacenterError().message)) return undefined
    throw error
  }
}

/** One answer for as long as the catalog's does not change: DNS keeps its encoded packets with it. */
function remembered<T>(query: LiveQuery<T>, name: string, make: (value: T) => Shown): DnsAnswer {
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
