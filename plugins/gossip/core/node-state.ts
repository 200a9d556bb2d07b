import type { PushPullNode } from './messages.ts'

/**
 * What this member believes about one member, itself included. Values never change: a new belief is a new object, so
 * whoever keeps one keeps a moment, and a push/pull sends the objects as they are.
 */
export interface NodeState extends PushPullNode {
  /** When `state` became what it is, on the local monotonic clock. */
  readonly changedAtMs: number
}
