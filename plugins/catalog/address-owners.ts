import { canonicalAddress } from '../../src/rules/address.ts'
import type { Question } from '../../src/store/live-query.ts'
import { list, message } from '../../src/wire/schema.ts'
import { Node, NodeService, type ServiceNode } from '../../src/wire/structs/catalog.ts'
import type { ServiceRow } from './contract.ts'
import { toServiceNode } from './instances.ts'
import * as json from './json.ts'
import { encodeWith, questionKey, type RowFilter } from './queries.ts'
import { nodes, services } from './tables.ts'

/** Whoever is registered with an address of its own. */
export interface AddressOwners {
  readonly nodes: readonly Node[]
  readonly services: readonly { readonly node: Node; readonly service: OwnedAddress }[]
}

/** What of an instance an address tells. */
type OwnedAddress = Pick<ServiceRow, 'Service' | 'Address' | 'Port'>

interface FoundOwners extends AddressOwners {
  readonly services: readonly { readonly node: Node; readonly service: ServiceRow }[]
}

const nodeList = message(list(Node))
const serviceList = message(list(NodeService))

/** Who has an IP address, however it was spelled when it was registered. */
export function addressQuestion(address: string): Question<FoundOwners> {
  const canonical = canonicalAddress(address) ?? address
  return {
    key: questionKey('address', canonical),
    read: (view) => {
      const nodeTable = view.table(nodes)
      const owned = view.table(services).index('byAddress').get(canonical)
      return {
        nodes: nodeTable.index('byAddress').get(canonical),
        services: owned.flatMap((service) => {
          const node = nodeTable.get(service.Node)
          return node === undefined ? [] : [{ node, service }]
        }),
      }
    },
    index: (view) => view.tableIndex('nodes', 'services'),
    encode: (owners) => {
      const holders = owners.services.map(({ node }) => node)
      const held = owners.services.map(({ service }) => service)
      return Buffer.from(`[${nodeList.toJson(owners.nodes)},${nodeList.toJson(holders)},${serviceList.toJson(held)}]`)
    },
  }
}

/** The instances among them, each with its node in one row. */
export function serviceNodesAtQuestion(
  address: string,
  filter?: RowFilter<ServiceNode>,
): Question<readonly ServiceNode[]> {
  const owners = addressQuestion(address)
  return {
    key: questionKey('service-nodes-at', owners.key, filter?.key),
    read: (view) => {
      const rows = owners.read(view).services.map(({ node, service }) => toServiceNode(node, service))
      return filter ? rows.filter((row) => filter.keeps(row)) : rows
    },
    index: (view) => view.tableIndex('services'),
    encode: encodeWith(json.serviceNodeList),
  }
}
