import type { QueryMessage } from './messages.ts'

/** A query that is for this member. */
export class ReceivedQuery {
  readonly message: QueryMessage
  /** Until then an answer counts, on the local monotonic clock. */
  readonly deadlineAtMs: number
  answered = false

  constructor(message: QueryMessage, now: number) {
    this.message = message
    this.deadlineAtMs = now + message.timeoutMs
  }

  get name(): string {
    return this.message.name
  }

  get payload(): Buffer {
    return this.message.payload
  }

  /** Who asks; '' when it is too old to say. */
  get from(): string {
    return this.message.originName
  }
}
