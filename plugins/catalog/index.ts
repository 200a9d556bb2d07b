import { definePlugin } from '../../src/kernel/plugin.ts'
import { DeregisterRequest, RegisterRequest } from '../../src/wire/structs/catalog.ts'
import { catalogRoutes } from './catalog-routes.ts'
import { CatalogService } from './catalog-service.ts'
import { applyDeregister, applyRegister } from './commands.ts'
import type { GoneNode } from './contract.ts'
import { dnsZones } from './dns.ts'
import { Reconciler, reconcileIntervalMs } from './duties.ts'
import { healthRoutes } from './health-routes.ts'
import { healthReads } from './health-rpc.ts'
import { nodeDump, nodeInfo, serviceDump } from './internal-rpc.ts'
import { catalogLookup } from './lookup.ts'
import { Nearness } from './near.ts'
import { addCatalogMethods, catalogReads, datacentersOf } from './rpc.ts'
import { serviceConfig } from './service-config-rpc.ts'
import { serviceList } from './service-list.ts'
import { registrationRecord, registrationRecords, restoreRegistration } from './snapshot.ts'
import { checks, nodes, services } from './tables.ts'
import { gatewayIntentions, gatewayServiceDump, serviceTopology } from './topology-rpc.ts'
import { catalogTransactions } from './transactions.ts'
import { uiRoutes } from './ui-routes.ts'

/** Which nodes, services and checks there are in the cluster. */
export default definePlugin({
  name: 'catalog',
  summary: 'nodes, services and their health',
  provides: ['catalog', 'catalogLookup', 'catalogTransactions'],
  requires: ['state', 'consensus', 'node', 'members', 'rpc'],
  setup(agent) {
    const { hooks, services: others } = agent
    const state = others.get('state')
    const { store } = state
    const consensus = others.get('consensus')
    const members = others.get('members')
    const { datacenter, name: self } = others.get('node')
    const rpc = others.get('rpc')
    const nearness = new Nearness((question) => hooks.rank.call(question))
    const reads = catalogReads(nearness)
    const health = healthReads(nearness)
    const catalog = new CatalogService({ store, rpc, reads, health, datacenter, clock: agent.clock })
    others.provide('catalog', catalog)
    others.provide('catalogLookup', catalogLookup)
    others.provide('catalogTransactions', catalogTransactions)

    for (const table of [nodes, services, checks]) state.defineTable(table)
    state.defineCommand({ name: 'Register', type: 0, struct: RegisterRequest })
    state.defineCommand({ name: 'Deregister', type: 1, struct: DeregisterRequest })
    hooks.apply.for('Register').tap('catalog', applyRegister)
    hooks.apply.for('Deregister').tap('catalog', applyDeregister)

    hooks.snapshot.tap({ name: 'catalog', stage: registrationRecord.stage }, (view, records) =>
      records.add(registrationRecord.type, registrationRecords(view)),
    )
    hooks.restore.for(registrationRecord.type).tap('catalog', restoreRegistration)

    hooks.rpcMethods.tap('catalog', (methods) => {
      methods.reads(...Object.values(reads), ...Object.values(health), nodeInfo, nodeDump, serviceDump)
      methods.reads(serviceList, serviceTopology, gatewayServiceDump, gatewayIntentions, serviceConfig)
      addCatalogMethods(methods, { consensus, datacenters: () => datacentersOf(datacenter, members) })
    })
    hooks.httpRoutes.tap('catalog', (routes) => {
      routes.add(...catalogRoutes(rpc, catalog, reads), ...healthRoutes(rpc, health), ...uiRoutes(rpc))
    })

    const zones = dnsZones({ store, rpc, reads, health })
    for (const kind of ['service', 'connect', 'node', 'arpa'] as const) {
      hooks.dnsZone.for(kind).tapPromise('catalog', async (question) => zones[kind](question))
    }

    let duty: { readonly reconciler: Reconciler; readonly signal: AbortSignal } | undefined
    hooks.leadership.tap('catalog', ({ role, signal }) => {
      duty = undefined
      if (role !== 'leader') return
      const beforeGone = (node: GoneNode) => hooks.nodeGone.promise(node)
      const reconciler = new Reconciler({ store, consensus, members, beforeGone, datacenter, self, log: agent.log })
      duty = { reconciler, signal }
      agent.tasks.run('reconcile members', (ended) => reconciler.pass(ended), signal)
      agent.tasks.every('reconcile members', reconcileIntervalMs, (ended) => reconciler.pass(ended), signal)
    })
    hooks.member.tap('catalog', (change) => {
      if (duty === undefined) return
      const { reconciler, signal } = duty
      agent.tasks.run('reconcile member', (ended) => reconciler.change(change, ended), signal)
    })
  },
})
