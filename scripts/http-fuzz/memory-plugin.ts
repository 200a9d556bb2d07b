import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { definePlugin } from '../../src/kernel/plugin.ts'

/** What an agent holds in memory once the garbage is gone. */
export interface Held {
  readonly heapMiB: number
  /** Bytes of buffers, which are outside of the heap. */
  readonly buffersMiB: number
  readonly rssMiB: number
  /** Live queries, which are a cache: they fill up to their limit, and stay there. */
  readonly queries: number
}

/** A plugin for the agent under attack: `/v1/fuzz/memory` collects garbage and tells what is left. */
export default definePlugin({
  name: 'fuzz-memory',
  summary: 'tells what the agent holds in memory, for the fuzz',
  requires: ['state'],
  setup({ hooks, services }) {
    setFlagsFromString('--expose-gc')
    const collect = runInNewContext('gc') as () => void
    const { store } = services.get('state')
    const answer = () => {
      collect()
      collect()
      const { heapUsed, external, rss } = process.memoryUsage()
      const held: Held = {
        heapMiB: mib(heapUsed),
        buffersMiB: mib(external),
        rssMiB: mib(rss),
        queries: store.queries.statistics().entries,
      }
      return { kind: 'plain' as const, status: 200, type: 'application/json', body: JSON.stringify(held) }
    }
    hooks.httpRoutes.tap('fuzz-memory', (table) => {
      table.add({ methods: ['GET'], path: '/v1/fuzz/memory', summary: 'Memory without garbage.', answer })
    })
  },
})

function mib(bytes: number): number {
  return Math.round((bytes / 2 ** 20) * 10) / 10
}
