import { definePlugin } from '../../src/kernel/plugin.ts'
import { fingerprintTag } from '../../src/rules/server-member.ts'
import { DriftWatch } from './drift.ts'
import { HookedState } from './replicated-state.ts'
import { IndexRecord, indexRecord, indexRecords, indexStage } from './snapshot-stream.ts'

/** The replicated state: what the log's commands act on and what live queries read. */
export default definePlugin({
  name: 'state',
  summary: 'replicated tables and the commands that change them',
  provides: ['state'],
  requires: ['node'],
  setup(agent) {
    const { hooks, services, log } = agent
    const state = new HookedState(hooks)
    services.provide('state', state)
    const { server, datacenter } = services.get('node')
    if (server) {
      // Both come after every `setup`, by when all tables and commands are defined.
      hooks.memberTags.tap('state', (tags) => ({ ...tags, [fingerprintTag]: state.fingerprint() }))
      let drift: DriftWatch | undefined
      hooks.member.tap('state', ({ member }) => {
        drift ??= new DriftWatch({ datacenter, fingerprint: state.fingerprint(), log })
        drift.heed(member)
      })
    }

    hooks.snapshot.tap({ name: 'state', stage: indexStage }, (view, records) =>
      records.add(indexRecord, indexRecords(view)),
    )
    hooks.restore.for(indexRecord).tap('state', (tx, record) => {
      const { Key, Value } = IndexRecord.decode(record)
      // Consul keeps a service's name as it was first written (`service.Web`) and looks it up in any letter case.
      tx.setTableIndex(Key.toLowerCase(), Value)
      return true
    })
  },
})
