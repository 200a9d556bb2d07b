/** What becomes of a client's request. Refused: it has no effect. Unknown: it may yet have one. */
export type Outcome<Result> =
  | { readonly kind: 'done'; readonly result: Result }
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'unknown' }

/** A key as a read found it. */
export type Found = { readonly value: string; readonly modifyIndex: number } | undefined

/** How a read makes sure that nothing newer exists: by a round of messages, or by the leader's lease. */
export type ReadMode = 'round' | 'lease'

/** What a server offers to the clients of the simulation. `done` may never be called. */
export interface ClientPort {
  /** Whom it takes for the leader. */
  readonly leader: string | undefined
  write(data: Buffer, done: (outcome: Outcome<unknown>) => void): void
  read(key: string, mode: ReadMode, done: (outcome: Outcome<Found>) => void): void
}
