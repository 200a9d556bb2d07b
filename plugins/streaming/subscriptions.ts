import type { LiveQuery } from '../../src/store/live-query.ts'
import { MalformedProtobufError } from '../../src/wire/protobuf/reader.ts'
import type { CheckServiceNode } from '../../src/wire/structs/catalog.ts'
import { SubscribeRequest, topic } from '../../src/wire/structs/subscribe.ts'
import { Feed } from './feed.ts'
import { GrpcError, grpcStatus } from './grpc.ts'
import type { Call } from './session.ts'

export const subscribePath = '/subscribe.StateChangeSubscription/Subscribe'

export interface SubscriptionsSetup {
  readonly datacenter: string
  /** The live query of a service's instances, or with `connect` of those that speak for it in the mesh. */
  readonly instances: (service: string, connect: boolean) => LiveQuery<readonly CheckServiceNode[]>
}

/** Who follows what: one feed for each service that somebody follows. */
export class Subscriptions {
  readonly #setup: SubscriptionsSetup
  readonly #feeds = new Map<LiveQuery<readonly CheckServiceNode[]>, Feed>()

  constructor(setup: SubscriptionsSetup) {
    this.#setup = setup
  }

  /** Feeds that somebody follows. */
  get feeds(): number {
    return this.#feeds.size
  }

  /** Answers one call. @throws GrpcError for one that cannot be answered */
  answer(call: Call): void {
    if (call.path !== subscribePath) {
      throw new GrpcError(grpcStatus.unimplemented, `unknown method ${call.path}`)
    }
    const { Topic, Key, Index, Datacenter } = readRequest(call.message)
    const connect = Topic === topic.serviceHealthConnect
    if (!connect && Topic !== topic.serviceHealth) {
      throw new GrpcError(grpcStatus.invalidArgument, `unknown topic ${Topic}`)
    }
    if (Key === '') throw new GrpcError(grpcStatus.invalidArgument, 'Key is required')
    if (Datacenter !== '' && Datacenter.toLowerCase() !== this.#setup.datacenter) {
      throw new GrpcError(grpcStatus.unavailable, 'No path to datacenter')
    }
    const query = this.#setup.instances(Key, connect)
    const feed = this.#feeds.get(query) ?? new Feed(query)
    this.#feeds.set(query, feed)
    this.#follow(call, query, feed, Index)
  }

  #follow(call: Call, query: LiveQuery<readonly CheckServiceNode[]>, feed: Feed, seenIndex: number): void {
    let over = false
    let unsubscribe: () => void = () => undefined
    const leave = () => {
      over = true
      unsubscribe()
      if (feed.subscribers === 0) this.#feeds.delete(query)
    }
    const subscriber = {
      send(bytes: Buffer) {
        if (over) return
        try {
          call.send(bytes)
        } catch (error) {
          over = true
          call.fail(error as GrpcError)
        }
      },
      restart: () => call.fail(new GrpcError(grpcStatus.aborted, 'the state was replaced; subscribe again')),
    }
    call.onEnd(leave)
    unsubscribe = feed.subscribe(subscriber, seenIndex)
    if (over) leave()
  }
}

function readRequest(message: Buffer): SubscribeRequest {
  try {
    return SubscribeRequest.decode(message)
  } catch (error) {
    if (!(error instanceof MalformedProtobufError)) throw error
    throw new GrpcError(grpcStatus.invalidArgument, error.message)
  }
}
