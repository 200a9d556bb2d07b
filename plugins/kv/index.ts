import { definePlugin } from '../../src/kernel/plugin.ts'
import { KVSRequest, TombstoneRequest } from '../../src/wire/structs/kv.ts'
import { applyKvs, applyTombstone } from './commands.ts'
import { reapTombstones, TombstoneBins, tombstoneBinMs } from './duties.ts'
import { LockDelays } from './lock-delays.ts'
import { endLocks } from './locks.ts'
import { kvRoutes } from './routes.ts'
import { addKvMethods } from './rpc.ts'
import {
  entryRecord,
  entryRecords,
  restoreEntry,
  restoreTombstone,
  tombstoneRecord,
  tombstoneRecords,
} from './snapshot.ts'
import { kvs, tombstones } from './tables.ts'
import { kvTransactions } from './transactions.ts'

/** The key/value store. */
export default definePlugin({
  name: 'kv',
  summary: 'key/value store with locks, check-and-set and blocking reads',
  provides: ['kvTransactions'],
  requires: ['state', 'consensus', 'node', 'rpc'],
  wants: ['sessionLookup'],
  options: {
    valueSizeMax: {
      type: 'integer',
      key: 'limits.kv_max_value_size',
      default: 512 * 1024,
      min: 1,
      max: 64 * 1024 * 1024,
      help: 'Most bytes a value may have.',
    },
  },
  setup(agent, options) {
    const { hooks, services, clock } = agent
    const state = services.get('state')
    const consensus = services.get('consensus')
    const { datacenter } = services.get('node')
    const sessions = services.find('sessionLookup')

    state.defineTable(kvs)
    state.defineTable(tombstones)
    state.defineCommand({ name: 'KVS', type: 2, struct: KVSRequest, mayBeCut: true })
    state.defineCommand({ name: 'Tombstone', type: 5, struct: TombstoneRequest })
    hooks.apply.for('KVS').tap('kv', (tx, request) => applyKvs(tx, request, sessions))
    hooks.apply.for('Tombstone').tap('kv', applyTombstone)
    const delays = new LockDelays()
    hooks.change.for('sessions').tap('kv', (tx, { before, after }) => {
      if (before !== undefined && after === undefined) endLocks(tx, before, delays)
    })
    const lockDelayed = (key: string) => consensus.role === 'leader' && delays.delays(key, clock.monotonicMs())
    services.provide('kvTransactions', kvTransactions({ sessions, valueBytesMax: options.valueSizeMax, lockDelayed }))

    hooks.snapshot.tap({ name: 'kv', stage: entryRecord.stage }, (view, records) =>
      records.add(entryRecord.type, entryRecords(view)),
    )
    hooks.snapshot.tap({ name: 'kv', stage: tombstoneRecord.stage }, (view, records) =>
      records.add(tombstoneRecord.type, tombstoneRecords(view)),
    )
    hooks.restore.for(entryRecord.type).tap('kv', restoreEntry)
    hooks.restore.for(tombstoneRecord.type).tap('kv', restoreTombstone)

    const rpc = services.get('rpc')
    hooks.rpcMethods.tap('kv', (methods) => addKvMethods(methods, { consensus, lockDelayed }))
    hooks.httpRoutes.tap('kv', (routes) => routes.add(...kvRoutes({ rpc, valueBytesMax: options.valueSizeMax })))

    let bins: TombstoneBins | undefined
    let buries = false
    hooks.change.for('tombstones').tap('kv', (_tx, { after }) => {
      if (after !== undefined) buries = true
    })
    hooks.committed.tap('kv', (index) => {
      // Every write passes here, and nearly none has anything to do with either.
      if (!buries && !delays.arePending) return
      const nowMs = clock.monotonicMs()
      delays.committed(index, nowMs)
      if (buries) bins?.note(index, nowMs)
      buries = false
    })
    hooks.leadership.tap('kv', ({ role, signal }) => {
      if (role !== 'leader') {
        bins = undefined
        return
      }
      const mine = new TombstoneBins()
      mine.note(state.store.index, clock.monotonicMs())
      bins = mine
      agent.tasks.every(
        'reap tombstones',
        tombstoneBinMs,
        (signal) => reapTombstones(mine, clock.monotonicMs(), consensus, datacenter, signal),
        signal,
      )
    })
  },
})
