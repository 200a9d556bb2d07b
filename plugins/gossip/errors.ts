import { ProconsulError } from '../../src/kernel/errors.ts'

/** None of the addresses could be joined. The message is Consul's summary of every attempt. */
export class JoinFailedError extends ProconsulError {
  override readonly code = 'join_failed'

  constructor(reasons: readonly string[]) {
    super(summary(reasons))
  }
}

/** The members met at an address do not belong into this pool; the message says which of them and why. */
export class JoinRefusedError extends ProconsulError {
  override readonly code = 'join_refused'
}

/** Consul's text for force-leave of a name that no member has. */
export class UnknownMemberError extends ProconsulError {
  override readonly code = 'unknown_member'

  constructor(name: string) {
    super(`agent: No node found with name '${name}'`)
  }
}

/** Somebody asks about the WAN pool of an agent that is in none: clients are not, nor servers without `ports.serf_wan`. */
export class NoWanPoolError extends ProconsulError {
  override readonly code = 'no_wan_pool'

  constructor() {
    super('Must be a server to join WAN cluster')
  }
}

/** A request about members that contradicts itself. Text as Consul's. */
export class MemberRequestError extends ProconsulError {
  override readonly code = 'member_request'
  override readonly status = 400
}

/** The event does not fit into one gossip message: by itself, or with the few bytes that serf adds. Serf's texts. */
export class UserEventTooLargeError extends ProconsulError {
  override readonly code = 'user_event_too_large'

  constructor(limitBytes: number, what: 'plain' | 'encoded' = 'plain') {
    super(
      what === 'plain'
        ? `user event exceeds configured limit of ${limitBytes} bytes before encoding`
        : `encoded user event exceeds configured limit of ${limitBytes} bytes after encoding`,
    )
  }
}

/** Segments belong to Consul's enterprise edition. Text as Consul's. */
export class SegmentsUnsupportedError extends ProconsulError {
  override readonly code = 'segments_unsupported'

  constructor() {
    super('Network segments are not supported in this version of Consul')
  }
}

/** Several errors as Go's multierror writes them, which Consul answers with. */
function summary(reasons: readonly string[]): string {
  const listed = reasons.map((reason) => `\t* ${reason}\n`).join('')
  return `${reasons.length} error${reasons.length === 1 ? '' : 's'} occurred:\n${listed}\n`
}
