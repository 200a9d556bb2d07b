import type { Endpoint } from './messages.ts'

/** Send one UDP packet. More than one part makes a compound; each part is a whole message with its type byte. */
export interface PacketEffect {
  readonly kind: 'packet'
  readonly to: Endpoint
  readonly parts: readonly Buffer[]
  /** Put the checksum envelope around it (§3.2): the receiver is known to understand it. */
  readonly crc: boolean
}

/**
 * Exchange full views with a member over TCP: send `localPushPull(false)`, hand the answer to `mergeRemote(answer, false)`.
 * A failure is only worth a log line.
 */
export interface PushPullEffect {
  readonly kind: 'pushPull'
  readonly node: string
  readonly to: Endpoint
}

/** Ping over TCP while indirect pings are under way. When an ack comes before the deadline call `tcpPong(seqNo)`. */
export interface TcpPingEffect {
  readonly kind: 'tcpPing'
  readonly node: string
  readonly to: Endpoint
  readonly seqNo: number
  readonly deadlineAtMs: number
}

/** The farewell was transmitted as often as it should be, or nobody is there to hear it. */
export interface LeaveSentEffect {
  readonly kind: 'leaveSent'
}

/** Something an operator may want to read. */
export interface LogEffect {
  readonly kind: 'log'
  readonly level: 'debug' | 'info' | 'warn' | 'error'
  readonly text: string
  readonly fields: Readonly<Record<string, unknown>>
}

/** What the driver has to carry out, in order. The cores never do any of it themselves. */
export type Effect = PacketEffect | PushPullEffect | TcpPingEffect | LeaveSentEffect | LogEffect
