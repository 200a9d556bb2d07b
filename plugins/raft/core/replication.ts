import { chooseAwaited } from './awaited.ts'
import { encodeConfiguration } from './configuration.ts'
import type { Entry } from './messages.ts'
import type { Progress } from './progress.ts'
import type { CoreState } from './state.ts'

/** Sends every follower what it lacks, as far as it has room. */
export function replicate(state: CoreState): void {
  chooseAwaited(state)
  for (const follower of state.followers.values()) replicateTo(state, follower)
}

function replicateTo(state: CoreState, follower: Progress): void {
  const { config, log } = state
  // Whoever is taken out hears of it when that is certain: before, its vote may still be needed.
  if (follower.leaving !== undefined && state.commitIndex < follower.leaving.index) return
  while (follower.hasRoom(config.inFlightMax)) {
    const prevIndex = follower.nextIndex - 1
    const prevTerm = log.termAt(prevIndex)
    if (prevTerm === undefined) return void beginInstall(state, follower)
    const entries = log.slice(follower.nextIndex, config.entriesPerMessageMax, config.sizeBytesPerMessageMax)
    if (entries === undefined) {
      if (follower.nextIndex < log.firstIndex) return void beginInstall(state, follower)
      follower.loading = true
      state.loads.push({ peer: follower.id, from: follower.nextIndex })
      return
    }
    if (state.nowMs < follower.nextNoticeAtMs && canWait(state, follower, entries)) return
    sendEntries(state, follower, prevIndex, prevTerm, entries)
  }
}

/** Whether all that there is to say may wait for the answer that is under way: by then there may be more to say with it. */
function canWait({ log, commitIndex }: CoreState, follower: Progress, entries: readonly Entry[]): boolean {
  if (entries.length === 0) {
    const knowsAll = follower.mode === 'pipeline' && follower.toldCommit >= commitIndex
    return knowsAll || follower.isAnswering
  }
  const fillsMessage = entries.at(-1)!.index < log.lastIndex
  return follower.isAnswering && !follower.isAwaited && !fillsMessage
}

/** When a follower that knows all is to hear of the commit index again (protocol/servers.md §18, 10). */
export function noticeDueAtMs(state: CoreState, follower: Progress): number {
  const { mode, leaving, nextNoticeAtMs } = follower
  const waits = mode !== 'pipeline' || leaving !== undefined || !follower.hasRoom(state.config.inFlightMax)
  return waits ? Number.POSITIVE_INFINITY : nextNoticeAtMs
}

/** The driver read older entries for a follower; undefined when the store no longer has them. */
export function loaded(state: CoreState, peer: string, entries: readonly Entry[] | undefined): void {
  const follower = state.followers.get(peer)
  if (state.role !== 'leader' || follower === undefined || !follower.loading) return
  follower.loading = false
  if (entries === undefined || entries.length === 0) return
  const prevIndex = entries[0]!.index - 1
  const prevTerm = state.log.termAt(prevIndex)
  if (prevIndex !== follower.nextIndex - 1 || prevTerm === undefined || follower.mode === 'snapshot') return
  sendEntries(state, follower, prevIndex, prevTerm, entries)
}

function sendEntries(
  state: CoreState,
  follower: Progress,
  prevIndex: number,
  prevTerm: number,
  entries: readonly Entry[],
): void {
  const upTo = prevIndex + entries.length
  follower.sent(upTo, state.nowMs)
  const { commitNoticeMs } = state.config
  if (Number.isFinite(commitNoticeMs)) follower.nextNoticeAtMs = state.within(commitNoticeMs)
  // A follower goes no further than what the message vouches for.
  follower.toldCommit = Math.min(state.commitIndex, upTo)
  state.prompt.push({
    type: 'append',
    from: state.config.id,
    to: follower.id,
    term: state.term,
    prevIndex,
    prevTerm,
    entries,
    commitIndex: state.commitIndex,
    leaseMs: state.config.readLeaseMs,
    echo: { prevIndex, upTo, round: state.readRound, sentAtMs: state.nowMs },
  })
}

function beginInstall(state: CoreState, follower: Progress): void {
  const { log } = state
  const configuration = state.configurationAt(log.snapshotIndex)
  follower.awaitSnapshot(state.nowMs)
  state.prompt.push({
    type: 'install',
    from: state.config.id,
    to: follower.id,
    term: state.term,
    snapshot: {
      index: log.snapshotIndex,
      term: log.snapshotTerm,
      configuration: encodeConfiguration(configuration.servers),
      configurationIndex: configuration.index,
    },
    echo: { prevIndex: 0, upTo: log.snapshotIndex, round: state.readRound, sentAtMs: state.nowMs },
  })
}

/**
 * Confirms the leader to its followers, each at its own random moment as Consul's servers do, or to all at once with
 * `now`. Requests that stay unanswered are given up here.
 */
export function sendHeartbeats(state: CoreState, now: boolean): void {
  const { heartbeatTimeoutMs } = state.config
  for (const follower of state.followers.values()) {
    if (follower.mode !== 'snapshot' && follower.waitingMs(state.nowMs) >= heartbeatTimeoutMs) follower.probe()
    if (!now && state.nowMs < follower.nextHeartbeatAtMs) continue
    follower.nextHeartbeatAtMs = state.within(heartbeatTimeoutMs / 10)
    state.prompt.push({
      type: 'append',
      from: state.config.id,
      to: follower.id,
      term: state.term,
      prevIndex: 0,
      prevTerm: 0,
      entries: [],
      commitIndex: 0,
      leaseMs: state.config.readLeaseMs,
      echo: { prevIndex: 0, upTo: 0, round: state.readRound, sentAtMs: state.nowMs },
    })
  }
}
