import type { CoreEvent } from './core/state.ts'
import { LeadershipLostError } from './errors.ts'
import { Proposals } from './proposals.ts'
import { Reads } from './reads.ts'
import { Transfers } from './transfers.ts'

/** All who wait for something of this server. */
export class Callers {
  readonly proposals = new Proposals()
  readonly reads = new Reads()
  readonly transfers = new Transfers()

  /** What happened in the core may settle them: who no longer leads can promise nothing. */
  event(event: CoreEvent): void {
    if (event.kind === 'role' && event.role !== 'leader' && this.proposals.size > 0) {
      this.proposals.rejectAll(() => new LeadershipLostError())
    }
    this.transfers.event(event)
  }

  /** Nothing will happen any more. */
  rejectAll(reason: Error): void {
    this.proposals.rejectAll(() => reason)
    this.reads.rejectAll(reason)
    this.transfers.rejectAll(reason)
  }
}
