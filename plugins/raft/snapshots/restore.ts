import type { StateMachine } from '../contract.ts'
import { decodeConfiguration } from '../core/configuration.ts'
import type { Remembered } from '../core/state.ts'
import { SnapshotCorruptError } from '../storage/errors.ts'
import type { LogStore, Recovered, StoredSnapshot } from '../storage/log-store.ts'
import { splitRecords } from './records.ts'

/** Where the state machine stands after a start, and what the core has to know. */
export interface Restored {
  readonly remembered: Remembered
  readonly appliedIndex: number
  readonly appliedTerm: number
}

/**
 * Brings the state back from the newest snapshot. If that one is damaged, an older one does as well where the log still
 * holds what lies between; `report` is told.
 *
 * @throws SnapshotCorruptError when no snapshot can be used
 */
export async function restoreState(
  store: LogStore,
  machine: StateMachine,
  recovered: Recovered,
  report: (damaged: SnapshotCorruptError) => void,
): Promise<Restored> {
  const { hardState, log, configurations, snapshots } = recovered
  const used = await restoreNewest(store, machine, snapshots, log.firstIndex, report)
  const fromLog = configurations
    .filter((entry) => entry.index > (used?.configurationIndex ?? 0))
    .map((entry) => ({ index: entry.index, servers: decodeConfiguration(entry.data!) }))
  const first = used && { index: used.configurationIndex, servers: decodeConfiguration(used.configuration) }
  const appliedIndex = used?.index ?? 0
  const appliedTerm = used?.term ?? 0
  return {
    remembered: {
      hardState,
      log: { ...log, snapshotIndex: appliedIndex, snapshotTerm: appliedTerm },
      configurations: first ? [first, ...fromLog] : fromLog,
    },
    appliedIndex,
    appliedTerm,
  }
}

/** Replaces the state by that of one snapshot. */
export function restoreFrom(store: LogStore, machine: StateMachine, { id }: { readonly id: number }): Promise<void> {
  return machine.restore(splitRecords(store.readSnapshot(id)))
}

/** Damaged bytes often fail to decode long before their checksum is reached: this tells the two causes apart. */
async function damageOf(store: LogStore, { id }: StoredSnapshot): Promise<SnapshotCorruptError | undefined> {
  try {
    for await (const _ of store.readSnapshot(id));
    return undefined
  } catch (error) {
    if (error instanceof SnapshotCorruptError) return error
    throw error
  }
}

async function restoreNewest(
  store: LogStore,
  machine: StateMachine,
  snapshots: readonly StoredSnapshot[],
  firstIndex: number,
  report: (damaged: SnapshotCorruptError) => void,
): Promise<StoredSnapshot | undefined> {
  let damaged: SnapshotCorruptError | undefined
  for (const snapshot of snapshots) {
    if (damaged !== undefined && snapshot.index < firstIndex - 1) break
    try {
      await restoreFrom(store, machine, snapshot)
      return snapshot
    } catch (error) {
      const damage = await damageOf(store, snapshot)
      if (damage === undefined) throw error
      damaged ??= damage
      report(damage)
    }
  }
  if (damaged !== undefined && firstIndex > 1) throw damaged
  return undefined
}
