import { ProconsulError } from '../../src/kernel/errors.ts'

/** This client agent knows no server to ask. The sentence is Consul's. */
export class NoServersError extends ProconsulError {
  override readonly code = 'no_servers'

  constructor() {
    super('No known Consul servers')
  }
}

/** This client agent has made as many calls as `limits.rpc_rate` lets it. The sentence is Consul's. */
export class RateExceededError extends ProconsulError {
  override readonly code = 'rpc_rate_exceeded'
  override readonly status = 429

  constructor() {
    super('RPC rate limit exceeded')
  }
}

/** The datacenter is known, and none of its servers can be used. The sentence is Consul's. */
export class DatacenterUnreachableError extends ProconsulError {
  override readonly code = 'datacenter_unreachable'

  constructor() {
    super('Remote DC has no server currently reachable')
  }
}

/** A method of Consul's access control was called, of which there is none. Agents match on the sentence. */
export class AclMethodError extends ProconsulError {
  override readonly code = 'acl_method'

  constructor() {
    super('ACL support disabled')
  }
}

/** A method of Consul's service mesh was called, of which there is none. The sentence is Consul's. */
export class ConnectMethodError extends ProconsulError {
  override readonly code = 'connect_method'

  constructor() {
    super('Connect must be enabled in order to use this endpoint')
  }
}

/** A caller asks for what no plugin of this server offers. The sentences are Go's, and agents match on them. */
export class MethodUnknownError extends ProconsulError {
  override readonly code = 'rpc_method_unknown'

  constructor(name: string, services: ReadonlySet<string>) {
    const dot = name.lastIndexOf('.')
    if (dot < 0) super(`rpc: service/method request ill-formed: ${name}`)
    else super(`rpc: can't find ${services.has(name.slice(0, dot)) ? 'method' : 'service'} ${name}`)
  }
}
