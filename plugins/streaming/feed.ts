import type { Answer } from '../../src/store/answer.ts'
import type { LiveQuery } from '../../src/store/live-query.ts'
import type { CheckServiceNode } from '../../src/wire/structs/catalog.ts'
import { SubscribeEvent } from '../../src/wire/structs/subscribe.ts'
import { changes, endOfSnapshot, newSnapshotToFollow, registered } from './events.ts'
import { frame } from './grpc.ts'

/** Somebody who follows a service. */
export interface Subscriber {
  /** Messages, each with its gRPC prefix. */
  send(bytes: Buffer): void
  /** What it knows cannot be carried on: it must begin anew. */
  restart(): void
}

type Instances = readonly CheckServiceNode[]

/**
 * The instances of one service as a stream of changes, worked out and encoded once however many subscribe: it follows the
 * same live query that blocking readers wait for.
 */
export class Feed {
  readonly #query: LiveQuery<Instances>
  readonly #subscribers = new Set<Subscriber>()
  /** What every subscriber has been told up to now; undefined while there is none. */
  #told: { instances: Instances; index: number } | undefined
  #unfollow: () => void = () => undefined

  constructor(query: LiveQuery<Instances>) {
    this.#query = query
  }

  get subscribers(): number {
    return this.#subscribers.size
  }

  /**
   * Tells a subscriber what there is, then each change. One that comes back with the index it has seen gets only what
   * changed since, which is nothing when the answer's index is still that. The returned function ends it.
   */
  subscribe(subscriber: Subscriber, seenIndex: number): () => void {
    const told = this.#current()
    if (seenIndex === 0 || seenIndex < told.index) {
      if (seenIndex !== 0) subscriber.send(framed(newSnapshotToFollow))
      for (const instance of told.instances) subscriber.send(framed(registered(instance, told.index)))
      subscriber.send(framed(endOfSnapshot(told.index)))
    }
    this.#subscribers.add(subscriber)
    return () => {
      if (!this.#subscribers.delete(subscriber) || this.#subscribers.size > 0) return
      this.#unfollow()
      this.#told = undefined
    }
  }

  #current() {
    if (this.#told !== undefined) return this.#told
    const { value, index } = this.#query.current()
    this.#told = { instances: value, index: Math.max(1, index) }
    this.#unfollow = this.#query.follow({
      answered: (answer) => this.#changed(answer),
      failed: () => this.#restartAll(),
    })
    return this.#told
  }

  #changed({ value, index }: Answer<Instances>): void {
    const before = this.#told
    if (before === undefined) return
    // An index that went back means that the whole state was replaced.
    if (index < before.index) {
      this.#restartAll()
      return
    }
    const event = changes(before.instances, value, index)
    this.#told = { instances: value, index }
    if (event === undefined) return
    const bytes = framed(event)
    for (const subscriber of this.#subscribers) subscriber.send(bytes)
  }

  #restartAll(): void {
    const all = [...this.#subscribers]
    this.#subscribers.clear()
    this.#unfollow()
    this.#told = undefined
    for (const subscriber of all) subscriber.restart()
  }
}

function framed(event: SubscribeEvent): Buffer {
  return frame(SubscribeEvent.encode(event))
}
