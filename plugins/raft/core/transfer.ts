import { MembershipError } from '../errors.ts'
import type { CoreState } from './state.ts'

/**
 * Hands leadership to `target`, or to the voter whose log is most complete. Proposals are refused until it took over or an
 * election timeout has passed (Raft thesis §3.10).
 *
 * @returns the server that was chosen
 */
export function beginTransfer(state: CoreState, target?: string): string {
  const others = state.voters.filter((id) => id !== state.config.id)
  const chosen =
    target ??
    others.reduce<string | undefined>((best, id) => (matchOf(state, id) > matchOf(state, best) ? id : best), others[0])
  if (chosen === undefined || !others.includes(chosen)) {
    throw new MembershipError(
      chosen === undefined ? 'cannot find peer' : `cannot transfer leadership to ${chosen}: it is not another voter`,
    )
  }
  state.transfer = { target: chosen, deadlineMs: state.nowMs + state.config.electionTimeoutMs, asked: false }
  continueTransfer(state)
  return chosen
}

/** Once the target has all of our log it may start its election. */
export function continueTransfer(state: CoreState): void {
  const { transfer } = state
  if (transfer === undefined || transfer.asked || state.role !== 'leader') return
  if (matchOf(state, transfer.target) < state.log.lastIndex) return
  transfer.asked = true
  state.handedOver = true
  state.messages.push({ type: 'timeoutNow', from: state.config.id, to: transfer.target, term: state.term })
}

/** Takes proposals again when the target did not take over in time. */
export function checkTransfer(state: CoreState): void {
  const { transfer } = state
  if (transfer === undefined || state.nowMs < transfer.deadlineMs) return
  state.transfer = undefined
  state.events.push({ kind: 'transferFailed', target: transfer.target })
}

function matchOf(state: CoreState, id: string | undefined): number {
  return (id === undefined ? undefined : state.followers.get(id)?.matchIndex) ?? 0
}
