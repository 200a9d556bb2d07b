import { leaveStage } from '../../src/kernel/hooks.ts'
import { definePlugin } from '../../src/kernel/plugin.ts'
import { AliasChecks } from './alias.ts'
import { checkRoutes } from './check-routes.ts'
import { ConfiguredDefinitions } from './configured-definitions.ts'
import { healthRoutes } from './health-routes.ts'
import { Maintenance } from './maintenance.ts'
import { maintenanceRoutes } from './maintenance-routes.ts'
import { localStateOptions } from './options.ts'
import { reapIntervalMs, reapServices } from './reaper.ts'
import { Registrar } from './registrar.ts'
import { RegistrationStorage } from './registration-storage.ts'
import { Registrations } from './registrations.ts'
import { restoreRegistrations } from './restore.ts'
import { selfRoutes } from './self-routes.ts'
import { serviceRoutes } from './service-routes.ts'
import { CatalogSync } from './sync.ts'
import { fullRoundPauseMs } from './sync-interval.ts'
import { within } from './within.ts'

/** How long a request waits for the catalog to show what it changed; it is accepted all the same when that takes longer. */
const syncWaitMs = 7000
/** How long a client may let a server wait that it has just heard of, before it compares everything with it. */
const serverJitterMs = 3000
/** The event by which a server tells everybody that it leads from now on (protocol/gossip.md §11.4). */
const newLeader = 'consul:new-leader'

/** Services and checks registered on this agent, kept in step with the catalog. */
export default definePlugin({
  name: 'local-state',
  summary: 'services and checks of this agent, and their way into the catalog',
  provides: ['localState'],
  requires: ['node', 'catalog', 'checks'],
  wants: ['members', 'consensus'],
  options: localStateOptions,
  setup(agent, options) {
    const { hooks, services, clock, random, log } = agent
    const node = services.get('node')
    const catalog = services.get('catalog')
    const runner = services.get('checks')
    const members = services.find('members')
    const consensus = services.find('consensus')
    const nodeMeta = { 'consul-network-segment': '', ...node.meta }
    const sidecarPorts = { min: options.sidecarMinPort, max: options.sidecarMaxPort }
    const knows = (type: string) => runner.knows(type)

    const registrations = new Registrations(() => clock.monotonicMs())
    const storage = new RegistrationStorage(node.dataDir, log, clock)
    const aliases = new AliasChecks(registrations, catalog, node.name)
    const registrar = new Registrar({
      registrations,
      storage,
      runner,
      aliases,
      hooks,
      log,
      nodeName: node.name,
      outputMaxBytes: options.checkOutputMaxSize,
      scripts: {
        api: options.enableScriptChecks,
        config: options.enableScriptChecks || options.enableLocalScriptChecks,
      },
    })
    const configured = new ConfiguredDefinitions({ registrations, registrar, knows, sidecarPorts })
    const sync = new CatalogSync({
      registrations,
      catalog,
      node: () => ({
        ID: node.id,
        Node: node.name,
        Address: node.advertiseAddress,
        TaggedAddresses: node.taggedAddresses,
        Meta: nodeMeta,
      }),
      datacenter: node.datacenter,
      outputIntervalMs: options.checkUpdateInterval,
      log,
      clock,
      random,
    })
    const synced = () => within(sync.flush(), syncWaitMs, clock)

    services.provide('localState', {
      services: () => [...registrations.services.values()].map(({ service }) => service),
      checks: () => [...registrations.checks.values()].map(({ check }) => check),
      synced: () => sync.synced(),
    })

    hooks.start.tapPromise('local-state', async () => {
      agent.own(storage)
      agent.own(aliases)
      agent.own(sync)
      await configured.apply(options)
      await restoreRegistrations(storage, registrations, registrar, log)
    })
    agent.onReload((fresh) => configured.apply(fresh))
    hooks.ready.tap('local-state', () => {
      sync.start()
      agent.tasks.every(
        'anti-entropy',
        () => fullRoundPauseMs(members?.list().length ?? 1, random),
        () => sync.full(),
      )
      agent.tasks.every('reap critical services', reapIntervalMs, () =>
        reapServices(registrations, registrar, clock.monotonicMs(), log),
      )
    })
    // Whatever could not be written before can be now. Agents that hear of a server together do not all ask it together.
    const heardOfServer = () => {
      if (!node.server) sync.fullSoon(random.fraction() * serverJitterMs)
    }
    hooks.member.tap('local-state', ({ kind, member }) => {
      if (kind === 'join' && member.tags.role === 'consul') heardOfServer()
    })
    hooks.userEvent.tap('local-state', ({ name }) => {
      if (name === newLeader) heardOfServer()
    })
    hooks.leadership.tap('local-state', ({ leader }) => {
      if (leader !== undefined) void sync.full()
    })

    hooks.leave.tapPromise({ name: 'local-state', stage: leaveStage.handOver }, () =>
      within(sync.rest(), syncWaitMs, clock),
    )

    hooks.httpRoutes.tap('local-state', (routes) =>
      routes.add(
        ...serviceRoutes({
          registrations,
          registrar,
          knows,
          sidecarPorts,
          datacenter: node.datacenter,
          clock,
          synced,
        }),
        ...checkRoutes({ registrations, registrar, knows, synced }),
        ...maintenanceRoutes(new Maintenance(registrations, registrar), synced),
        ...healthRoutes(registrations, node.datacenter),
        ...selfRoutes({ node, nodeMeta, registrations, members, consensus, reload: agent.reload }),
      ),
    )
  },
})
