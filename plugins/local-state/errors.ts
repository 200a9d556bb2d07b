import { ConfigError, ProconsulError } from '../../src/kernel/errors.ts'

/** A registration or a request about one cannot be accepted as it is. Texts as Consul's. */
export class RegistrationError extends ProconsulError {
  override readonly code = 'registration'
  override readonly status = 400
}

/** What the request names is not registered on this agent. Clients of Consul match on these sentences. */
export class NotRegisteredError extends ProconsulError {
  override readonly code = 'not_registered'
  override readonly status = 404
}

/** A registration fits its form and is refused by how this agent is set up or what else it knows. */
export class RegistrationRefusedError extends ProconsulError {
  override readonly code = 'registration_refused'
}

/** The registration could not be written to the data directory; nothing was changed. */
export class RegistrationNotStoredError extends ProconsulError {
  override readonly code = 'registration_not_stored'

  constructor(path: string, cause: unknown) {
    super(`${path} cannot be written: ${(cause as Error).message}; nothing was registered, try again`, { cause })
  }
}

/** A service or check in the configuration cannot be used. */
export class DefinitionError extends ConfigError {
  override readonly code = 'definition'
}

/** The request is about ACLs, of which this agent has none. */
export class AclsDisabledError extends ProconsulError {
  override readonly code = 'acls_disabled'
  override readonly status = 401

  constructor() {
    super('ACL support disabled')
  }
}

/** The configuration was to be read anew and cannot be used; the agent goes on with the old one. */
export class ReloadFailedError extends ProconsulError {
  override readonly code = 'reload_failed'
}
