import { ProconsulError } from '../../../src/kernel/errors.ts'

/** The keyring refuses a change. Members send this sentence to whoever asked for it; the texts are memberlist's. */
export class KeyringRefusedError extends ProconsulError {
  override readonly code = 'keyring_refused'
}

/** A change of the keyring could not be written to its file, so it is not made. */
export class KeyringNotStoredError extends ProconsulError {
  override readonly code = 'keyring_not_stored'

  constructor(path: string, cause: unknown) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    super(`The keyring could not be written to ${path}: ${reason}; make room or correct its permissions`, { cause })
  }
}
