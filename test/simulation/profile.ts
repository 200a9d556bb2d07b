import { type CoreConfig, coreDefaults } from '../../plugins/raft/core/state.ts'
import type { Random } from '../../src/kernel/random.ts'
import type { NetworkHabits } from './network.ts'
import type { ServerHabits } from './server-setup.ts'

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
  'deposedLeader',
  'forgottenPromise',
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
  /** Clients read by lease too: only where all clocks keep to the bound on which that rests. */
  readonly leases: boolean
}

export function profileOf(random: Random): Profile {
  const pick: Pick = (...from) => from[random.below(from.length)]!
  const profile = anyProfile(pick, random)
  return random.below(4) === 0 ? leaseProfile(pick, profile) : profile
}

type Pick = <T>(...from: readonly T[]) => T

/**
 * A leader's lease is over within a second, and to see that it is held too long somebody else has to be elected, written to and
 * answered meanwhile: that takes a fast network, busy clients and troubles of that kind with time between them.
 */
function leaseProfile(pick: Pick, profile: Profile): Profile {
  const timeoutMs = 1000
  const clients = pick(3, 4, 6)
  return {
    ...profile,
    servers: pick(3, 3, 3, 5),
    spares: 0,
    core: {
      ...profile.core,
      heartbeatTimeoutMs: timeoutMs,
      electionTimeoutMs: timeoutMs,
      leaderLeaseMs: timeoutMs,
      readLeaseMs: timeoutMs * pick(0.25, 0.5, 0.7),
      commitNoticeMs: pick(timeoutMs / 50, timeoutMs / 20, Number.POSITIVE_INFINITY),
    },
    disk: { ...profile.disk, diskMs: pick(0.5, 2) },
    network: { ...healthyNetwork, delayMs: pick(0.5, 2) },
    clients,
    keys: 2,
    // Writes one upon another, or with time for an election between them.
    thinkMs: clients * pick(10, 200),
    troubleMs: 8000,
    calmMs: 1000,
    faults: pick(leaseFaults, ['deposedLeader'], ['forgottenPromise'], ['lostHandover', 'transfer']),
    leases: true,
  }
}

const leaseFaults: readonly FaultKind[] = [
  'deposedLeader',
  'forgottenPromise',
  'lostHandover',
  'pause',
  'crash',
  'drift',
]

function anyProfile(pick: Pick, random: Random): Profile {
  // Patience beside which the network is fast, or barely fast enough.
  const timeoutMs = pick(1000, 1000, 1000, 300, 150)
  const clients = pick(1, 2, 3, 5)
  const faults = faultKinds.filter(() => random.below(3) === 0)
  const kinds = faults.length > 0 ? faults : [pick(...faultKinds)]
  return {
    servers: pick(1, 2, 3, 3, 3, 3, 3, 4, 5, 5),
    spares: faults.includes('membership') ? pick(1, 2) : 0,
    core: {
      ...coreDefaults,
      heartbeatTimeoutMs: timeoutMs,
      electionTimeoutMs: timeoutMs,
      leaderLeaseMs: timeoutMs * pick(0.5, 1),
      readLeaseMs: timeoutMs * pick(0.25, 0.5),
      commitNoticeMs: pick(timeoutMs / 20, timeoutMs / 20, Number.POSITIVE_INFINITY),
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
      repeats: pick(0, 0, 0.02, 0.2),
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
    faults: kinds,
    leases: !kinds.includes('leap'),
  }
}

/** What remains when the trouble is over. */
export const healthyNetwork: NetworkHabits = { delayMs: 1, straggles: 0, straggleMs: 0, loses: 0, duplicates: 0 }
export const healthyDiskMs = 2
