import { definePlugin } from '../../src/kernel/plugin.ts'
import { statusRaftStats } from '../../src/rpc/status-methods.ts'
import { AutopilotSetConfigRequest } from '../../src/wire/structs/operator.ts'
import { askPeersBy } from './ask-peers.ts'
import { applyAutopilot } from './commands.ts'
import type { AskStats } from './contract.ts'
import { AutopilotDuty, actIntervalMs, assessIntervalMs } from './duty.ts'
import { autopilotOptions, firstSettings } from './options.ts'
import { autopilotRoutes } from './routes.ts'
import { addAutopilotMethods } from './rpc.ts'
import { autopilotRecord, autopilotRecords, restoreAutopilot } from './snapshot.ts'
import { settingsIn, autopilot as table } from './tables.ts'

/** How long a server may take to say how it is (protocol/servers.md §11.4), and in which cluster. */
const askTimeoutMs = 1000

/** The leader's care for the servers: who is taken in, who gets a vote, who is let go. */
export default definePlugin({
  name: 'autopilot',
  summary: 'takes servers in, gives them votes, and lets dead ones go',
  provides: ['autopilot'],
  requires: ['node', 'state', 'consensus', 'members', 'rpc', 'connections', 'catalog'],
  options: autopilotOptions,
  setup(agent, options) {
    const { hooks, services, clock, log, tasks } = agent
    const node = services.get('node')
    const state = services.get('state')
    const consensus = services.get('consensus')
    const members = services.get('members')
    const rpc = services.get('rpc')
    const connections = services.get('connections')
    const catalog = services.get('catalog')
    const { datacenter } = node
    const settings = () => settingsIn(state.store.latest)

    state.defineTable(table)
    state.defineCommand({ name: 'Autopilot', type: 9, struct: AutopilotSetConfigRequest })
    hooks.apply.for('Autopilot').tap('autopilot', applyAutopilot)
    hooks.snapshot.tap({ name: 'autopilot', stage: autopilotRecord.stage }, (view, records) =>
      records.add(autopilotRecord.type, autopilotRecords(view)),
    )
    hooks.restore.for(autopilotRecord.type).tap('autopilot', restoreAutopilot)

    let leading: { readonly duty: AutopilotDuty; readonly signal: AbortSignal } | undefined
    const autopilot = { settings, health: () => leading?.duty.health }
    services.provide('autopilot', autopilot)
    const nodeMeta = (name: string) => catalog.node(name).current().value?.Meta ?? {}
    hooks.rpcMethods.tap('autopilot', (methods) => addAutopilotMethods(methods, { autopilot, consensus, nodeMeta }))
    hooks.httpRoutes.tap('autopilot', (routes) => routes.add(...autopilotRoutes(rpc)))

    // A server that does not answer in time is one that says nothing, which `health.ts` judges.
    const askStats: AskStats = (server, signal) =>
      connections
        .ask(server.address, statusRaftStats, {}, { signal, timeoutMs: askTimeoutMs })
        .catch((error: Error) => {
          log.debug('server did not say how it is', { id: server.id, address: server.address, error: error.message })
          return undefined
        })

    const askPeers = askPeersBy(connections, datacenter, askTimeoutMs)
    const begin = async (signal: AbortSignal) => {
      const request = { Datacenter: datacenter, Config: firstSettings(options), CAS: false, Token: '' }
      await consensus.propose('Autopilot', request, signal)
    }

    hooks.leadership.tap('autopilot', ({ role, signal }) => {
      leading = undefined
      if (role !== 'leader') return
      const duty = new AutopilotDuty({
        consensus,
        members,
        settings,
        begin,
        askStats,
        askPeers,
        datacenter,
        self: node.id,
        fingerprint: state.fingerprint(),
        clock,
        log,
      })
      leading = { duty, signal }
      tasks.run(
        'begin autopilot',
        async (ended) => {
          await duty.assess(ended)
          await duty.act(ended)
        },
        signal,
      )
      tasks.every('assess servers', assessIntervalMs, (ended) => duty.assess(ended), signal)
      tasks.every('care for servers', actIntervalMs, (ended) => duty.act(ended), signal)
    })
    hooks.member.tap('autopilot', (change) => {
      if (leading === undefined) return
      const { duty, signal } = leading
      tasks.run('heed member', (ended) => duty.change(change, ended), signal)
    })
    hooks.nodeGone.tapPromise('autopilot', async (node) => leading?.duty.gone(node))
  },
})
