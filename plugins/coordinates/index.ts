import { ProconsulError } from '../../src/kernel/errors.ts'
import { definePlugin } from '../../src/kernel/plugin.ts'
import { CoordinateUpdateRequest } from '../../src/wire/structs/coordinate.ts'
import { coordinateBatch } from './batch.ts'
import { applyCoordinates, forgetNode } from './commands.ts'
import { flushIntervalMs, Intake } from './intake.ts'
import { distancesFrom } from './queries.ts'
import { nextReportMs } from './report.ts'
import { coordinateRoutes } from './routes.ts'
import { addCoordinateMethods, coordinateUpdate } from './rpc.ts'
import { coordinateRecord, coordinateRecords, restoreCoordinate } from './snapshot.ts'
import { coordinates } from './tables.ts'

/** Where nodes stand in the network, so that what is near can come first. */
export default definePlugin({
  name: 'coordinates',
  summary: 'network coordinates, and lists sorted by round trip',
  requires: ['state', 'consensus', 'node', 'members', 'catalogLookup', 'rpc'],
  options: {
    disabled: {
      type: 'boolean',
      key: 'disable_coordinates',
      default: false,
      help: 'Switches network coordinates off: this agent reports none, and its /v1/coordinate endpoints refuse.',
    },
    intervalMin: {
      type: 'duration',
      key: 'sync_coordinate_interval_min',
      default: '15s',
      min: '1ms',
      help: 'Least time between two reports of where this agent stands.',
    },
    rateTarget: {
      type: 'float',
      key: 'sync_coordinate_rate_target',
      default: 64,
      min: 0.001,
      help: 'Reports a second that all agents together may send; a large cluster has each report less often.',
    },
  },
  setup(agent, { disabled, intervalMin, rateTarget }) {
    const { hooks, services, random } = agent
    const state = services.get('state')
    const consensus = services.get('consensus')
    const { datacenter, name: self } = services.get('node')
    const members = services.get('members')
    const catalog = services.get('catalogLookup')
    const rpc = services.get('rpc')

    state.defineTable(coordinates)
    state.defineCommand({ name: 'CoordinateBatchUpdate', type: 0x86, struct: coordinateBatch })
    hooks.apply.for('CoordinateBatchUpdate').tap('coordinates', (tx, batch) => applyCoordinates(tx, batch, catalog))
    hooks.change.for('nodes').tap('coordinates', (tx, { before, after }) => {
      if (before !== undefined && after === undefined) forgetNode(tx, before.Node)
    })

    hooks.snapshot.tap({ name: 'coordinates', stage: coordinateRecord.stage }, (view, records) =>
      records.add(coordinateRecord.type, coordinateRecords(view)),
    )
    hooks.restore.for(coordinateRecord.type).tap('coordinates', restoreCoordinate)
    hooks.rank.tap('coordinates', distancesFrom)

    const intake = new Intake(consensus, agent.log)
    hooks.leadership.tap('coordinates', ({ role, signal }) => {
      intake.lead(role === 'leader')
      if (role !== 'leader') return
      agent.tasks.every('write coordinates', flushIntervalMs, (ended) => intake.flush(ended), signal)
    })
    hooks.rpcMethods.tap('coordinates', (methods) => addCoordinateMethods(methods, intake, members))

    hooks.httpRoutes.tap('coordinates', (routes) => routes.add(...coordinateRoutes({ rpc, datacenter, disabled })))

    if (disabled) return
    const pace = { intervalMinMs: intervalMin, perSecondMax: rateTarget }
    hooks.ready.tap('coordinates', () => {
      const next = () => nextReportMs(pace, members.list().length, random)
      agent.tasks.every('report coordinate', next, async (signal) => {
        const Coord = members.coordinate()
        if (Coord === undefined) return
        const report = { ...CoordinateUpdateRequest.zero(), Datacenter: datacenter, Node: self, Coord }
        try {
          await rpc.call(coordinateUpdate, report, signal)
        } catch (error) {
          // The next report says the same; that nobody leads is told where it matters.
          if (!(error instanceof ProconsulError) || signal.aborted) throw error
          agent.log.warn('Coordinate update error', { error: error.message })
        }
      })
    })
  },
})
