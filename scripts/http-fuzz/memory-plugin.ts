import { setFlagsFromString, writeHeapSnapshot } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { ApiRequest } from '../../plugins/http-api/contract.ts'
import { definePlugin } from '../../src/kernel/plugin.ts'

/** What an agent holds in memory once the garbage is gone. */
export interface Held {
  readonly heapMiB: number
  /** Memory of JavaScript objects outside of the heap, that of buffers among it. */
  readonly buffersMiB: number
  readonly rssMiB: number
  /** Live queries, which are a cache: they fill up to their limit, and stay there. */
  readonly queries: number
  /** What they weigh by their own estimate. */
  readonly queriesMiB: number
}

/**
 * A plugin for the agent under attack: `/v1/fuzz/memory` collects garbage and tells what is left, and with
 * `?snapshot=FILE` writes a heap snapshot.
 */
export default definePlugin({
  name: 'fuzz-memory',
  summary: 'tells what the agent holds in memory, for the fuzz',
  requires: ['state'],
  setup({ hooks, services }) {
    setFlagsFromString('--expose-gc')
    const collect = runInNewContext('gc') as () => void
    const { store } = services.get('state')
    const answer = ({ query }: ApiRequest) => {
      collect()
      collect()
      const { heapUsed, external, rss } = process.memoryUsage()
      const statistics = store.queries.statistics()
      const held: Held = {
        heapMiB: mib(heapUsed),
        buffersMiB: mib(external),
        rssMiB: mib(rss),
        queries: statistics.entries,
        queriesMiB: mib(statistics.bytes),
      }
      const file = query.get('snapshot')
      if (file !== undefined) writeHeapSnapshot(file)
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
