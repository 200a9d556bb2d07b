import { heard } from './acknowledgements.ts'
import { decodeConfiguration } from './configuration.ts'
import { contradictionOf } from './contradiction.ts'
import type { InstallReply, InstallRequest } from './messages.ts'
import type { CoreState } from './state.ts'

/**
 * A snapshot from the leader is in the store. It replaces the log unless the log already holds its last entry, and the
 * driver restores the state machine from it before anything else is applied (Raft paper §7).
 *
 * @returns why it is no message of a leader, if it is none; then nothing changed
 */
export function onInstall(state: CoreState, message: InstallRequest): string | undefined {
  const reply = (success: boolean) =>
    state.messages.push({
      type: 'installReply',
      from: state.config.id,
      to: message.from,
      term: state.term,
      success,
      echo: message.echo,
    })
  if (message.term < state.term) return void reply(false)
  const contradiction = contradictionOf(state, message)
  if (contradiction !== undefined) return contradiction
  state.follow(message.term, message.from)
  state.heardLeader()
  const { snapshot } = message
  if (snapshot.index > state.commitIndex) {
    const servers = decodeConfiguration(snapshot.configuration)
    if (state.log.termAt(snapshot.index) !== snapshot.term) {
      state.log.resetTo(snapshot.index, snapshot.term)
      state.configurations = [{ index: snapshot.configurationIndex, servers }]
    }
    state.commitIndex = snapshot.index
    state.install = snapshot
    state.installing = snapshot
  }
  reply(true)
  return undefined
}

export function onInstallReply(state: CoreState, message: InstallReply): void {
  if (message.term > state.term) return void state.follow(message.term, undefined)
  const follower = state.followers.get(message.from)
  if (state.role !== 'leader' || message.term !== state.term || follower === undefined) return
  heard(state, follower, message.echo)
  if (follower.mode !== 'snapshot') return
  if (message.success) follower.matchIndex = Math.max(follower.matchIndex, message.echo.upTo)
  follower.probe()
}
