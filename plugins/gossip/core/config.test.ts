import { expect, test } from 'vitest'
import { consulLanConfig, consulWanConfig, lanConfig, localConfig, type SwimConfig, wanConfig } from './config.ts'

// protocol/gossip.md §7, in the order of its table.
const table: readonly (readonly [keyof SwimConfig, ...unknown[]])[] = [
  ['tcpTimeoutMs', 10_000, 30_000, 1000, 10_000, 30_000],
  ['indirectChecks', 3, 3, 1, 3, 3],
  ['retransmitMult', 4, 4, 2, 4, 4],
  ['suspicionMult', 4, 6, 3, 4, 6],
  ['suspicionMaxTimeoutMult', 6, 6, 6, 6, 6],
  ['pushPullIntervalMs', 30_000, 60_000, 15_000, 30_000, 60_000],
  ['probeIntervalMs', 1000, 5000, 1000, 1000, 5000],
  ['probeTimeoutMs', 500, 3000, 200, 500, 3000],
  ['awarenessMax', 8, 8, 8, 8, 8],
  ['gossipIntervalMs', 200, 500, 100, 200, 500],
  ['gossipNodes', 3, 4, 3, 3, 3],
  ['gossipToTheDeadMs', 30_000, 60_000, 15_000, 30_000, 60_000],
  ['deadNodeReclaimMs', 0, 0, 0, 30_000, 30_000],
  ['packetBudgetBytes', 1400, 1400, 1400, 1400, 1400],
  ['metaMaxBytes', 512, 512, 512, 512, 512],
]

test.for(table)('%s has the values of memberlist and Consul', ([setting, ...values]) => {
  const profiles = [lanConfig, wanConfig, localConfig, consulLanConfig, consulWanConfig]
  expect(profiles.map((profile) => profile[setting])).toEqual(values)
})
