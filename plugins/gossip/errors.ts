import { ProconsulError } from '../../src/kernel/errors.ts'

/** None of the addresses could be joined. The message is Consul's summary of every attempt. */
export class JoinFailedError extends ProconsulError {
  override readonly code = 'join_failed'

  constructor(reasons: readonly string[]) {
    const listed = reasons.map((reason) => `\t* ${reason}\n`).join('')
    super(`${reasons.length} error${reasons.length === 1 ? '' : 's'} occurred:\n${listed}\n`)
  }
}

/** Consul's text for force-leave of a name that no member has. */
export class UnknownMemberError extends ProconsulError {
  override readonly code = 'unknown_member'

  constructor(name: string) {
    super(`agent: No node found with name '${name}'`)
  }
}

/** The event does not fit into one gossip message. Serf's text. */
export class UserEventTooLargeError extends ProconsulError {
  override readonly code = 'user_event_too_large'

  constructor(limitBytes: number) {
    super(`user event exceeds configured limit of ${limitBytes} bytes before encoding`)
  }
}
