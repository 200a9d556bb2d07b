import type { Endpoint } from '../core/messages.ts'

/** `node` leaves on its own wish, or somebody else says so of a failed one. `prune`: forget it at once. */
export interface LeaveIntent {
  readonly type: 'leave'
  readonly lTime: number
  readonly node: string
  readonly prune: boolean
}

/** `node` takes part, whatever was said of it at earlier times. */
export interface JoinIntent {
  readonly type: 'join'
  readonly lTime: number
  readonly node: string
}

/** Something an application tells every member, once. */
export interface UserEventMessage {
  readonly type: 'userEvent'
  readonly lTime: number
  readonly name: string
  readonly payload: Buffer
  /** Receivers that coalesce may deliver only the last of several of one name. Nobody has to. */
  readonly coalesce: boolean
}

/** A question to every member that fits the filters. */
export interface QueryMessage {
  readonly type: 'query'
  readonly lTime: number
  /** 31 random bits; together with `lTime` names the query. */
  readonly id: number
  /** Where answers go: the member who asks. Undefined when its address makes no sense. */
  readonly origin: Endpoint | undefined
  /** '' from old peers. */
  readonly originName: string
  /** Encoded, see filters.ts. */
  readonly filters: readonly Buffer[]
  readonly wantsAck: boolean
  readonly rebroadcast: boolean
  /** Members by which each answer is sent as well. */
  readonly relayFactor: number
  readonly timeoutMs: number
  readonly name: string
  readonly payload: Buffer
}

/** An answer to a query, or with `isAck` only the news that it arrived. Goes straight to who asked. */
export interface ResponseMessage {
  readonly type: 'response'
  readonly lTime: number
  readonly id: number
  readonly from: string
  readonly isAck: boolean
  readonly payload: Buffer
}

/** Please pass `message`, a whole serf message, on to this member. */
export interface RelayMessage {
  readonly type: 'relay'
  readonly to: Endpoint
  readonly toName: string
  readonly message: Buffer
}

/** What members' serf layers say to one another (protocol/gossip.md §8). */
export type SerfMessage = LeaveIntent | JoinIntent | UserEventMessage | QueryMessage | ResponseMessage | RelayMessage

/** All events of one logical time. */
export interface EventsAt {
  readonly lTime: number
  readonly events: readonly { readonly name: string; readonly payload: Buffer }[]
}

/** Serf's part of a push/pull: where the clocks stand, and what recently happened. */
export interface SerfState {
  readonly lTime: number
  readonly eventLTime: number
  readonly queryLTime: number
  /** Time of the last word about each member's status. */
  readonly statusLTimes: ReadonlyMap<string, number>
  readonly leftMembers: readonly string[]
  /** As decoded only the times at which something happened; as encoded one slot each, `undefined` when nothing did. */
  readonly events: readonly (EventsAt | undefined)[]
}
