import { type CoreConfig, coreDefaults } from '../../plugins/raft/core/state.ts'
import type { Random } from '../../src/kernel/random.ts'
import type { NetworkHabits } from './network.ts'
import type { ServerHabits } from './server.ts'

/** Kinds of trouble. A seed has some of them and not others: together they would hide what each alone brings out. */
export const faultKinds = [
  'crash',
  'crashOnReply',
  'powerCut',
  'pause',
  'split',
  'oneWay',
  'flapping',
  'isolateLeader',
  'mutedLeader',
  'slowDisk',
  'fullDisk',
  'badNetwork',
  'slowLink',
  'drift',
  'wallJump',
  'leap',
  'membership',
  'transfer',
  'lostHandover',
] as const
export type FaultKind = (typeof faultKinds)[number]

/** What one seed is like. */
export interface Profile {
  readonly servers: number
  /** Servers that start blank, to be added. */
  readonly spares: number
  readonly core: Omit<CoreConfig, 'id'>
  readonly disk: ServerHabits
  readonly network: NetworkHabits
  readonly clients: number
  readonly keys: number
  /** Between two requests of one client, on average. */
  readonly thinkMs: number
  readonly troubleMs: number
  /** Between two faults, on average. */
  readonly calmMs: number
  readonly faults: readonly FaultKind[]
}

export function profileOf(random: Random): Profile {
  const pick = <T>(...from: readonly T[]): T => from[random.below(from.length)]!
  // Patience beside which the network is fast, or barely fast enough.
  const timeoutMs = pick(1000, 1000, 1000, 300, 150)
  const clients = pick(1, 2, 3, 5)
  const faults = faultKinds.filter(() => random.below(3) === 0)
  return {
    servers: pick(1, 2, 3, 3, 3, 3, 3, 4, 5, 5),
    spares: faults.includes('membership') ? pick(1, 2) : 0,
    core: {
      ...coreDefaults,
      heartbeatTimeoutMs: timeoutMs,
      electionTimeoutMs: timeoutMs,
      leaderLeaseMs: timeoutMs / 2,
      entriesPerMessageMax: pick(1, 1, 2, 64),
      inFlightMax: pick(1, 2, 4, 128),
      uncommittedEntriesMax: pick(4, 16, 64),
      tailEntriesMax: pick(1, 4, 16),
    },
    disk: {
      diskMs: pick(0.5, 2, 5, 20),
      snapshotEntries: pick(5, 15, 40, 1000),
      trailingEntries: pick(0, 2, 10),
      tailOnStart: pick(0, 2, 100),
    },
    network: {
      delayMs: pick(0.5, 2, 10, 40),
      straggles: pick(0, 0, 0.01, 0.1),
      straggleMs: pick(50, 500, 3000),
      loses: pick(0, 0, 0.01, 0.1),
      duplicates: pick(0, 0, 0.02, 0.2),
    },
    clients,
    keys: pick(1, 2, 4),
    thinkMs: clients * pick(10, 20, 50),
    troubleMs: timeoutMs < 1000 ? pick(5000, 10_000) : pick(8000, 12_000, 20_000),
    calmMs: pick(200, 500, 1500) * (timeoutMs < 1000 ? 0.5 : 1),
    faults: faults.length > 0 ? faults : [pick(...faultKinds)],
  }
}

/** What remains when the trouble is over. */
export const healthyNetwork: NetworkHabits = { delayMs: 1, straggles: 0, straggleMs: 0, loses: 0, duplicates: 0 }
export const healthyDiskMs = 2
