import { decodeConfiguration } from '../../plugins/raft/core/configuration.ts'
import type { PlacedConfiguration, Remembered } from '../../plugins/raft/core/state.ts'
import { checkRecovered } from '../../plugins/raft/storage/recovery.ts'
import type { SimulatedDisk } from './disk.ts'

/** What a server that starts finds on its disk, with the product's own rules for that. */
export function rememberedBy(id: string, disk: SimulatedDisk, tailOnStart: number): Remembered {
  const found = {
    hardState: disk.hardState,
    log: disk.logState(tailOnStart),
    configurations: disk.configurations,
    snapshots: [],
  }
  const { hardState, log, configurations } = checkRecovered(id, found)
  if (log.lastIndex === log.snapshotIndex && log.firstIndex > log.lastIndex) disk.entries = []
  const snapshot = disk.snapshots[0]
  const placed: PlacedConfiguration[] = configurations
    .filter((entry) => entry.index > (snapshot?.meta.configurationIndex ?? 0))
    .map((entry) => ({ index: entry.index, servers: decodeConfiguration(entry.data!) }))
  if (snapshot !== undefined) {
    const { configurationIndex, configuration } = snapshot.meta
    placed.unshift({ index: configurationIndex, servers: decodeConfiguration(configuration) })
  }
  return { hardState, log, configurations: placed }
}
