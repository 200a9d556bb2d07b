import { canonicalAddress } from '../../src/rules/address.ts'
import type { Question } from '../../src/store/live-query.ts'
import { list, message } from '../../src/wire/schema.ts'
import { Node, NodeService } from '../../src/wire/structs/catalog.ts'
import type { ServiceRow } from './contract.ts'
import { questionKey } from './queries.ts'
import { nodes, services } from './tables.ts'

/** Whoever is registered with an address of its own. */
export interface AddressOwners {
  readonly nodes: readonly Node[]
  readonly services: readonly { readonly node: Node; readonly service: ServiceRow }[]
}

const nodeList = message(list(Node))
const serviceList = message(list(NodeService))

/** Who has an IP address, however it was spelled when it was registered. */
export function addressQuestion(address: string): Question<AddressOwners> {
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
