import type { HardState, SnapshotMeta } from '../core/messages.ts'
import type { Recovered, StoredSnapshot, StoreSizes } from './log-store.ts'

/** What the main thread asks of the worker that owns raft.db, and what it gets back. `Requests[kind]` is [asked, answer]. */
export interface Requests {
  open: [{ readonly path: string; readonly sizeBytesMax: number | undefined }, Recovered]
  append: [
    {
      readonly hardState: HardState | undefined
      readonly truncateFrom: number | undefined
      /** Entries as packing.ts packs them. */
      readonly entries: Uint8Array<ArrayBuffer> | undefined
    },
    undefined,
  ]
  read: [{ readonly from: number; readonly to: number; readonly sizeBytesMax: number }, Uint8Array<ArrayBuffer>]
  /** The `…Slice` requests do a little and say whether there is more to do. */
  compactSlice: [{ readonly firstIndex: number }, boolean]
  giveBackSlice: [undefined, boolean]
  beginSnapshot: [SnapshotMeta, number]
  writeSnapshot: [{ readonly id: number; readonly chunk: Uint8Array }, undefined]
  commitSnapshot: [{ readonly id: number }, StoredSnapshot]
  dropSnapshotSlice: [{ readonly id: number }, boolean]
  snapshots: [undefined, StoredSnapshot[]]
  readSnapshot: [{ readonly id: number; readonly sequence: number }, Uint8Array | undefined]
  sizes: [undefined, StoreSizes]
  close: [undefined, undefined]
}

export type RequestKind = keyof Requests

export interface Request<Kind extends RequestKind = RequestKind> {
  readonly id: number
  readonly kind: Kind
  readonly asked: Requests[Kind][0]
}

/** `error` is the name of the class in errors.ts with what its constructor takes, since classes do not cross threads. */
export interface Answer {
  readonly id: number
  readonly value?: unknown
  readonly failure?: Failure
}

export interface Failure {
  readonly code: string
  readonly message: string
  readonly temporary: boolean
}
