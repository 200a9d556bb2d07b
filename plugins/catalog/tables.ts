import { canonicalAddress } from '../../src/rules/address.ts'
import { keyOf } from '../../src/store/keys.ts'
import { defineTable } from '../../src/store/table.ts'
import type { HealthCheck, Node } from '../../src/wire/structs/catalog.ts'
import type { ServiceRow } from './contract.ts'

/** Names and ids are found in any letter case, and shown as they were registered. */
export function lookupName(name: string): string {
  return name.toLowerCase()
}

/** Id of the check that tells what gossip knows of an agent. */
export const serfHealth = 'serfHealth'

/** Hosts, by name. */
export const nodes = defineTable({
  name: 'nodes',
  key: (row: Node) => lookupName(row.Node),
  indexes: {
    byId: { key: (row: Node) => (row.ID === '' ? undefined : lookupName(row.ID)), unique: true },
    byAddress: { key: (row: Node) => canonicalAddress(row.Address) },
  },
})

/** Service instances, by node and id. */
export const services = defineTable({
  name: 'services',
  key: (row: ServiceRow) => keyOf(row.Node, lookupName(row.ID)),
  indexes: {
    byName: { key: (row: ServiceRow) => lookupName(row.Service) },
    /** Under the service it speaks for in the mesh. */
    byMeshName: { key: meshName },
    byAddress: { key: (row: ServiceRow) => canonicalAddress(row.Address) },
  },
})

/** Checks, by node and id. Those of the node itself have no service id. */
export const checks = defineTable({
  name: 'checks',
  key: (row: HealthCheck) => keyOf(lookupName(row.Node), lookupName(row.CheckID)),
  indexes: {
    byInstance: { key: (row: HealthCheck) => keyOf(lookupName(row.Node), lookupName(row.ServiceID)) },
    byService: { key: (row: HealthCheck) => (row.ServiceName === '' ? undefined : lookupName(row.ServiceName)) },
    byStatus: { key: (row: HealthCheck) => row.Status },
  },
})

function meshName(row: ServiceRow): string | undefined {
  if (row.Kind === 'connect-proxy') return lookupName(row.Proxy.DestinationServiceName)
  return row.Connect.Native ? lookupName(row.Service) : undefined
}
