import { ProconsulError } from '../../../src/kernel/errors.ts'

/** The keyring refuses a change. Members send this sentence to whoever asked for it; the texts are memberlist's. */
export class KeyringRefusedError extends ProconsulError {
  override readonly code = 'keyring_refused'
}
