import { definePlugin } from '../../src/kernel/plugin.ts'
import { HookedState } from './replicated-state.ts'
import { IndexRecord, indexRecord, indexRecords, indexStage } from './snapshot-stream.ts'

/** The replicated state: what the log's commands act on and what live queries read. */
export default definePlugin({
  name: 'state',
  summary: 'replicated tables and the commands that change them',
  provides: ['state'],
  setup(agent) {
    agent.services.provide('state', new HookedState(agent.hooks))

    agent.hooks.snapshot.tap({ name: 'state', stage: indexStage }, (view, records) =>
      records.add(indexRecord, indexRecords(view)),
    )
    agent.hooks.restore.for(indexRecord).tap('state', (tx, record) => {
      const { Key, Value } = IndexRecord.decode(record)
      // Consul keeps a service's name as it was first written (`service.Web`) and looks it up in any letter case.
      tx.setTableIndex(Key.toLowerCase(), Value)
      return true
    })
  },
})
