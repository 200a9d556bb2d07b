import { ProconsulError } from '../../src/kernel/errors.ts'

/** A parameter of a keyring request cannot be used. Texts as Consul's. */
export class KeyringParameterError extends ProconsulError {
  override readonly code = 'keyring_parameter'
  override readonly status = 400

  constructor(reason: string) {
    super(`Bad request: ${reason}`)
  }
}

/** A keyring request failed in a pool, or for some members of it. The message is Consul's summary. */
export class KeyringFailedError extends ProconsulError {
  override readonly code = 'keyring_failed'

  constructor(reasons: readonly string[]) {
    const listed = reasons.map((reason) => `\t* ${reason}\n`).join('')
    super(`${reasons.length} error${reasons.length === 1 ? '' : 's'} occurred:\n${listed}\n`)
  }
}

/** Another server asks for something that the keyring does not know. Texts as Consul's. */
export class KeyringOperationError extends ProconsulError {
  override readonly code = 'keyring_operation'
}
