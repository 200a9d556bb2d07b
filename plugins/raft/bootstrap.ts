import type { Server } from './contract.ts'
import { encodeConfiguration } from './core/configuration.ts'
import { inOrder } from './core/membership.ts'
import { entryType } from './core/messages.ts'
import type { LogBatch, LogStore, Recovered } from './storage/log-store.ts'

/** Opens a store, and has a blank one begin a cluster of the `first` servers, if there are any. @throws a StorageError */
export async function openStore(
  store: LogStore,
  first: readonly Server[] | undefined,
  appendedAtMs: number,
): Promise<Recovered> {
  const recovered = await store.open()
  if (first === undefined || !isBlank(recovered)) return recovered
  const batch = bootstrapBatch(first, appendedAtMs)
  await store.append(batch)
  const log = { ...recovered.log, firstIndex: 1, lastIndex: 1, termRuns: [{ from: 1, term: 1 }], tail: batch.entries }
  return { ...recovered, hardState: batch.hardState, log, configurations: batch.entries }
}

/** True for a store that has never taken part in anything: no entry, no vote, no snapshot. */
export function isBlank({ hardState, log, snapshots }: Recovered): boolean {
  return hardState.term === 0 && log.lastIndex === 0 && snapshots.length === 0
}

/**
 * What the first servers of a cluster agree on before they ever spoke: an entry with their membership, in term 1. Each
 * writes the same, so it does not matter which of them is elected (protocol/servers.md §11.1).
 */
export function bootstrapBatch(servers: readonly Server[], appendedAtMs: number) {
  const data = encodeConfiguration(inOrder(servers))
  const entry = { index: 1, term: 1, type: entryType.configuration, data, extensions: null, appendedAtMs } as const
  return { hardState: { term: 1, votedFor: undefined }, entries: [entry] } satisfies LogBatch
}
