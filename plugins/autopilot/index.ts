import { definePlugin } from '../../src/kernel/plugin.ts'
import { describeRoutes } from '../../src/openapi/operation.ts'
import { AutopilotSetConfigRequest, type RaftStats } from '../../src/wire/structs/operator.ts'
import type { Server } from '../raft/contract.ts'
import { autopilotApi } from './api.ts'
import { applyAutopilot } from './commands.ts'
import { AutopilotDuty, actIntervalMs, assessIntervalMs } from './duty.ts'
import { autopilotOptions, firstSettings } from './options.ts'
import { autopilotRoutes } from './routes.ts'
import { autopilotRecord, autopilotRecords, restoreAutopilot } from './snapshot.ts'
import { settingsIn, autopilot as table } from './tables.ts'

/** The leader's care for the servers: who is taken in, who gets a vote, who is let go. */
export default definePlugin({
  name: 'autopilot',
  summary: 'takes servers in, gives them votes, and lets dead ones go',
  provides: ['autopilot'],
  requires: ['node', 'state', 'consensus', 'members'],
  options: autopilotOptions,
  setup(agent, options) {
    const { hooks, services, clock, log, tasks } = agent
    const node = services.get('node')
    const state = services.get('state')
    const consensus = services.get('consensus')
    const members = services.get('members')
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
    hooks.httpRoutes.tap('autopilot', (routes) =>
      routes.add(...describeRoutes(autopilotApi, autopilotRoutes({ autopilot, consensus, datacenter }))),
    )

    const ownStats = (): RaftStats => {
      const stats = consensus.stats()
      return { LastContact: '0s', LastTerm: Number(stats.last_log_term), LastIndex: Number(stats.last_log_index) }
    }
    const askStats = async (server: Server) => (server.id === node.id ? ownStats() : undefined)

    hooks.leadership.tap('autopilot', ({ role, signal }) => {
      leading = undefined
      if (role !== 'leader') return
      const duty = new AutopilotDuty({
        consensus,
        members,
        settings,
        askStats,
        datacenter,
        self: node.id,
        clock,
        log,
      })
      leading = { duty, signal }
      tasks.run(
        'begin autopilot',
        async (ended) => {
          if (settings() === undefined) {
            const request = { Datacenter: datacenter, Config: firstSettings(options), CAS: false, Token: '' }
            await consensus.propose('Autopilot', request, ended)
          }
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
  },
})
