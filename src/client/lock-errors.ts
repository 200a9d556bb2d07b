import { ProconsulError } from '../kernel/errors.ts'

/** The key or prefix is used for something that is no lock, or a lock of another kind. */
export class LockConflictError extends ProconsulError {
  override readonly code = 'lock_conflict'
  override readonly status = 409

  constructor(key: string) {
    super(`Existing key does not match lock use: ${key}; choose another, or delete it`)
  }
}

/** The semaphore was made for another number of holders. The sentence is that of Consul's client. */
export class SemaphoreLimitError extends ProconsulError {
  override readonly code = 'semaphore_limit'
  override readonly status = 409

  constructor(held: number, asked: number) {
    super(`semaphore limit conflict (lock: ${held}, local: ${asked})`)
  }
}

/** The session that was to hold a lock ended while it waited for it. */
export class ContendedError extends ProconsulError {
  override readonly code = 'lock_session_lost'
  override readonly status = 409

  constructor(key: string, cause: unknown) {
    super(`the session ended while it waited for ${key}; try again`, { cause })
  }
}
