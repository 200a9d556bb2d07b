import { ProconsulError } from '../../../src/kernel/errors.ts'

/** The log or a snapshot cannot be read or written. Nothing that was there is overwritten. */
export class StorageError extends ProconsulError {
  override readonly code: string = 'raft_storage'
  /** True when the same write may succeed later, for instance once there is space again. */
  readonly temporary: boolean = false
}

export class StorageFullError extends StorageError {
  override readonly code = 'raft_storage_full'
  override readonly temporary = true

  constructor(path: string, options?: ErrorOptions) {
    super(
      `cannot write ${path}: the disk is full; free some space, the agent goes on by itself (writes that were acknowledged are safe, this one may or may not take effect)`,
      options,
    )
  }
}

export class StorageBusyError extends StorageError {
  override readonly code = 'raft_storage_busy'
  override readonly temporary = true

  constructor(path: string, options?: ErrorOptions) {
    super(`cannot write ${path}: another program keeps it locked; end its transaction (a sqlite3 shell?)`, options)
  }
}

export class StorageFailedError extends StorageError {
  override readonly code = 'raft_storage_failed'

  constructor(path: string, reason: string, options?: ErrorOptions) {
    super(
      `cannot use ${path}: ${reason}; look for errors of the disk in the system's log, then restart the agent`,
      options,
    )
  }
}

export class StorageUnwritableError extends StorageError {
  override readonly code = 'raft_storage_unwritable'

  constructor(path: string, reason: string, options?: ErrorOptions) {
    super(`cannot write ${path}: ${reason}; give the user that runs the agent the right to write there`, options)
  }
}

export class StorageCorruptError extends StorageError {
  override readonly code = 'raft_storage_corrupt'

  constructor(path: string, reason: string, options?: ErrorOptions) {
    super(
      `${path} is damaged: ${reason}; it is left as it is. Restore it from a backup, or move it away and let this server join again with an empty data directory`,
      options,
    )
  }
}

export class StorageForeignError extends StorageError {
  override readonly code = 'raft_storage_foreign'

  constructor(path: string, reason: string, options?: ErrorOptions) {
    super(
      `${path} is not a Raft log: ${reason}; it is left as it is. Move it away, or choose another data directory`,
      options,
    )
  }
}

export class StorageNewerError extends StorageError {
  override readonly code = 'raft_storage_newer'

  constructor(path: string, version: number, known: number) {
    super(
      `${path} has format version ${version}, this program knows ${known}; it is left as it is. Use the version of the program that wrote it, or a later one`,
    )
  }
}

export class SnapshotCorruptError extends StorageError {
  override readonly code = 'raft_snapshot_corrupt'

  constructor(snapshot: { readonly id: number; readonly index: number }, reason: string) {
    super(`snapshot ${snapshot.id} at index ${snapshot.index} is damaged: ${reason}`)
  }
}
