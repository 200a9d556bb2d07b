/**
 * What members say to one another, in plain values (protocol/gossip.md §2). Addresses are text ('10.0.0.1', 'fe80::1'),
 * ports and incarnations are numbers. Compound, compression, checksum, encryption and label are layers of a packet, not
 * messages: wire takes them off before the core sees anything.
 */

/** Where packets go to or come from. */
export interface Endpoint {
  readonly address: string
  readonly port: number
}

/** Who asks, and where the answer goes. Old peers leave it out; then the answer goes to the packet's source. */
export interface Source extends Endpoint {
  readonly node: string
}

/**
 * Protocol versions a member understands and speaks: `p` of memberlist, `d` of its delegate, serf (§5.1). Wire reads a
 * `Vsn` that has not exactly six bytes as all zeros, which no rule accepts.
 */
export interface Versions {
  readonly pMin: number
  readonly pMax: number
  readonly pCur: number
  readonly dMin: number
  readonly dMax: number
  readonly dCur: number
}

/** Are you there? `node` is the name the asker knows; empty when it knows none. */
export interface Ping {
  readonly type: 'ping'
  readonly seqNo: number
  readonly node: string
  readonly source?: Source | undefined
}

/** Please ping `target` for me. `nack`: tell me too when it does not answer you. Port 0 is the receiver's own. */
export interface IndirectPing {
  readonly type: 'indirectPing'
  readonly seqNo: number
  readonly node: string
  readonly target: Endpoint
  readonly nack: boolean
  readonly source?: Source | undefined
}

/** The answer to a ping; the payload is the delegate's (serf: its coordinate), empty when relayed. */
export interface Ack {
  readonly type: 'ack'
  readonly seqNo: number
  readonly payload: Buffer
}

/** The helper of an indirect ping lives, but had no answer from the target. */
export interface Nack {
  readonly type: 'nack'
  readonly seqNo: number
}

/** `from` says that `node` does not answer, or is gone; a `dead` about oneself is a farewell. */
export interface Accusation {
  readonly type: 'suspect' | 'dead'
  readonly incarnation: number
  readonly node: string
  readonly from: string
}

/** `node` lives, has this address and shows this meta. Incarnations start at 1. Port 0 is the receiver's own. */
export interface Alive {
  readonly type: 'alive'
  readonly incarnation: number
  readonly node: string
  readonly address: string
  readonly port: number
  readonly meta: Buffer
  readonly vsn: Versions
}

/** Bytes of the delegate, without memberlist's type byte. */
export interface UserMessage {
  readonly type: 'user'
  readonly payload: Buffer
}

export type SwimMessage = Ping | IndirectPing | Ack | Nack | Accusation | Alive | UserMessage

/** States of a member as memberlist knows them; on the wire 0, 1, 2, 3 in this order. */
export const swimStates = ['alive', 'suspect', 'dead', 'left'] as const
export type SwimState = (typeof swimStates)[number]

/** A member as one side of a push/pull sees it (§4.5). */
export interface PushPullNode {
  readonly name: string
  readonly address: string
  readonly port: number
  readonly meta: Buffer
  readonly vsn: Versions
  readonly incarnation: number
  readonly state: SwimState
}

/** One side's full view. Every known member is in it, the sender, the suspect, the dead and the left included. */
export interface PushPull {
  readonly join: boolean
  readonly nodes: readonly PushPullNode[]
  /** The delegate's part; may be empty. */
  readonly userState: Buffer
}
