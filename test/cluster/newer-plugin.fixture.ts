import type { Consensus } from '../../plugins/raft/contract.ts'
import { definePlugin } from '../../src/kernel/plugin.ts'
import { struct, text } from '../../src/wire/schema.ts'

declare module '../../src/kernel/hooks.ts' {
  interface Commands {
    Newer: { Name: string }
  }
}

const Newer = struct('Newer', { Name: text() })
/** Numbers that Consul 1.13 and later use and we do not (protocol/servers.md §16). */
const peeringWrite = 35
const peeringRecord = 36

/** Makes a server write what other servers do not know, as one of a newer version would. */
export default definePlugin({
  name: 'newer',
  summary: 'commands and snapshot records of a newer version',
  requires: ['state', 'consensus'],
  setup({ hooks, services }) {
    const state = services.get('state')
    const consensus: Consensus = services.get('consensus')
    state.defineCommand({ name: 'Newer', type: peeringWrite, struct: Newer })
    let written = 0
    hooks.apply.for('Newer').tap('newer', () => {
      written++
      return true
    })
    hooks.snapshot.tap('newer', (_view, records) => {
      if (written > 0) records.add(peeringRecord, [Newer.encode({ Name: 'x' })])
    })
    hooks.restore.for(peeringRecord).tap('newer', () => true)
    hooks.httpRoutes.tap('newer', (table) => {
      table.add({
        methods: ['PUT'],
        path: '/v1/newer',
        summary: 'Proposes the command.',
        async answer() {
          const held = await consensus.propose('Newer', { Name: 'x' })
          return { kind: 'plain', status: 200, type: 'application/json', body: JSON.stringify(held) }
        },
      })
    })
  },
})
