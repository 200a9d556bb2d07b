import { ProconsulError } from '../../src/kernel/errors.ts'
import { RemoteError } from '../../src/rpc/errors.ts'

/** The server stopped leading while a command was on its way. Whether it takes effect is decided by the next leader. */
export class LeadershipLostError extends ProconsulError {
  override readonly code = 'leadership_lost'

  constructor(options?: ErrorOptions) {
    super('leadership lost while committing log: the write may still take effect, read before repeating it', options)
  }
}

/** The leader hands over to another server and takes no commands meanwhile. Nothing was written. */
export class TransferInProgressError extends ProconsulError {
  override readonly code = 'leadership_transfer'

  constructor() {
    super('leadership transfer in progress: nothing was written, repeat the request')
  }
}

/** The server that was asked to take over did not do so in time. This one goes on leading. */
export class TransferFailedError extends ProconsulError {
  override readonly code = 'leadership_transfer_failed'

  constructor(target: string) {
    super(`leadership transfer to ${target} failed: it did not take over in time; this server leads on`)
  }
}

/** Too many commands wait to be committed; more would only grow the heap. Nothing was written. */
export class ProposalQueueFullError extends ProconsulError {
  override readonly code = 'proposal_queue_full'
  override readonly status = 503

  constructor(waiting: number) {
    super(
      `the queue of writes is full (${waiting} wait to be committed): nothing was written, repeat the request later`,
    )
  }
}

/** A large command went into the log in pieces, and not all of them are there: nothing was done. Whoever sent it sends it again. */
export class RechunkError extends ProconsulError {
  override readonly code = 'rechunk'

  constructor() {
    super('please resubmit call for rechunking')
  }
}

/** The server reads its log and does not know yet in which cluster it is: ask again in a moment. */
export class StartingError extends ProconsulError {
  override readonly code = 'raft_starting'

  constructor() {
    super('the server is still starting: ask again in a moment')
  }
}

/** The server is stopping or was halted by a fault; the cause says which. */
export class RaftStoppedError extends ProconsulError {
  override readonly code = 'raft_stopped'

  constructor(options?: ErrorOptions) {
    super('raft is already shutdown', options)
  }
}

/** A change of membership that cannot be made now or at all. Nothing was changed. */
export class MembershipError extends ProconsulError {
  override readonly code = 'raft_membership'
}

/** Bytes that should be a cluster membership are not. */
export class ConfigurationFormatError extends ProconsulError {
  override readonly code = 'raft_configuration_format'

  constructor(reason: string) {
    super(`cannot decode a raft configuration: ${reason}`)
  }
}

/** A snapshot's bytes are not the stream they should be. */
export class SnapshotStreamError extends ProconsulError {
  override readonly code = 'raft_snapshot_stream'

  constructor(reason: string) {
    super(`cannot read a snapshot: ${reason}`)
  }
}

/** A request to change the membership does not say which server. The sentence is Consul's. */
export class RaftRequestError extends ProconsulError {
  override readonly code = 'raft_request'
  override readonly status = 400

  constructor(reason: string) {
    super(`Bad request: ${reason}`)
  }
}

/** No server of the cluster has that id or address. The sentence is Consul's. */
export class ServerUnknownError extends ProconsulError {
  override readonly code = 'raft_server_unknown'

  constructor(part: 'id' | 'address', value: string) {
    super(`${part} ${JSON.stringify(value)} was not found in the Raft configuration`)
  }
}

const statusText = 'rpc error: code = Unknown desc = '

/** Leadership stays where it is, for the reason given. Consul's later versions say it with these words in front. */
export class LeaderTransferError extends ProconsulError {
  override readonly code = 'leader_transfer'

  constructor(reason: string, options?: ErrorOptions) {
    super(`${statusText}${reason}`, options)
  }

  /** The same error when that is what another server said, whichever way it came: its text has nothing in front. */
  static said(error: unknown): LeaderTransferError | undefined {
    if (!(error instanceof RemoteError)) return undefined
    const at = error.text.indexOf(statusText)
    return at < 0 ? undefined : new LeaderTransferError(error.text.slice(at + statusText.length), { cause: error })
  }
}
