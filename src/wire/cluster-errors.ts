import { ProconsulError } from '../kernel/errors.ts'

/**
 * Errors that end a request wherever in the cluster it ran. They travel between agents as their text, and clients of
 * Consul match on it (protocol/servers.md §4), so the sentences stay word for word.
 */

/** There is no leader, or none is known yet: nothing but a stale read can be answered. */
export class NoLeaderError extends ProconsulError {
  override readonly code = 'no_leader'

  constructor(options?: ErrorOptions) {
    super('No cluster leader', options)
  }
}

/** The request names a datacenter that this agent has no way to. */
export class NoPathToDatacenterError extends ProconsulError {
  override readonly code = 'no_path_to_datacenter'

  constructor() {
    super('No path to datacenter')
  }
}
