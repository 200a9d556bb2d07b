/** What becomes of a client's request. Refused: it has no effect. Unknown: it may yet have one. */
export type Outcome<Result> =
  | { readonly kind: 'done'; readonly result: Result }
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'unknown' }

/** A key as a read found it. */
export type Found = { readonly value: string; readonly modifyIndex: number } | undefined

/** What a server offers to the clients of the simulation. `done` may never be called. */
export interface ClientPort {
  /** Whom it takes for the leader. */
  readonly leader: string | undefined
  write(data: Buffer, done: (outcome: Outcome<unknown>) => void): void
  /** A linearizable read: of a leader that has others confirm that it leads, or, if it may, without. */
  read(key: string, by: 'round' | 'lease', done: (outcome: Outcome<Found>) => void): void
}
