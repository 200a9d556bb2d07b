import type { Clock } from '../kernel/clock.ts'

/** What decides whether a signal makes an agent say goodbye before it ends. */
export interface LeaveSettings {
  readonly server: boolean
  /** `leave_on_terminate` as written; undefined when left out. */
  readonly leaveOnTerminate: boolean | undefined
  /** `skip_leave_on_interrupt` as written; undefined when left out. */
  readonly skipLeaveOnInterrupt: boolean | undefined
}

/**
 * Whether an agent that this signal ends leaves the cluster. Clients do by default, so that a machine which is taken away is
 * forgotten; servers do not, so that one which is restarted keeps its place among the voters.
 */
export function leavesOn(signal: NodeJS.Signals, settings: LeaveSettings): boolean {
  const { server, leaveOnTerminate, skipLeaveOnInterrupt } = settings
  return signal === 'SIGINT' ? !(skipLeaveOnInterrupt ?? server) : (leaveOnTerminate ?? !server)
}

/** How long a goodbye may take; Consul's own limit. */
export const leaveLimitMs = 15_000

/** True when `leave` was done within the limit. Rejects as it does. */
export async function leaveInTime(leave: () => Promise<void>, clock: Clock): Promise<boolean> {
  const late = Promise.withResolvers<boolean>()
  const cancel = clock.after(leaveLimitMs, () => late.resolve(false))
  try {
    return await Promise.race([leave().then(() => true), late.promise])
  } finally {
    cancel()
  }
}
