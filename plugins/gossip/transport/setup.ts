import type { Networks } from '../../../src/config/networks.ts'
import type { Clock } from '../../../src/kernel/clock.ts'
import type { Endpoint, PushPull, SwimMessage } from '../core/messages.ts'
import { noKeys } from '../encryption/keyring.ts'
import { randomNonces } from '../encryption/nonces.ts'
import { labelHeader } from '../wire/label.ts'
import type { GossipKeys, Layers } from '../wire/layers.ts'

/** What a pool wants around its messages. */
export interface LayerOptions {
  /** memberlist's label; Consul sets none. */
  readonly label?: string
  /** The pool's keyring; it may change later. Without keys nothing is encrypted. */
  readonly keys?: GossipKeys
  /** `encrypt_verify_incoming`, default true. */
  readonly verifyIncoming?: boolean
  /** `encrypt_verify_outgoing`, default true. */
  readonly verifyOutgoing?: boolean
  /** Default true, as Consul and serf. */
  readonly compress?: boolean
}

/** The layers of a pool, with nonces from the system's source of chance. */
export function gossipLayers(options: LayerOptions = {}): Layers {
  const { label = '', keys = noKeys, verifyIncoming = true, verifyOutgoing = true, compress = true } = options
  return { label: labelHeader(label), keys, verifyIncoming, verifyOutgoing, compress, nonce: randomNonces() }
}

/** Settings that errors name, so that the operator finds them. */
export interface TransportSettings {
  /** For instance `ports.serf_lan (-serf-lan-port)`. */
  readonly port: string
  /** For instance `serf_lan (-serf-lan-bind) or bind_addr (-bind)`. */
  readonly address: string
}

/** What whoever drives a pool does with what arrives. Called one after another, never from within `send` and its like. */
export interface TransportEvents {
  /** Messages of one packet, at least one. */
  messages(messages: readonly SwimMessage[], from: Endpoint): void
  /** A message to the layer above that came in a stream. */
  userMessage(payload: Buffer, from: Endpoint): void
  /** Another member sent its view: what is ours? Undefined closes the connection without an answer. */
  answerPushPull(request: PushPull, from: Endpoint): PushPull | undefined
  /** The answer is on its way; now the other member's view can be merged (protocol/gossip.md §4.3). */
  answeredPushPull(request: PushPull, from: Endpoint): void
  /** Something was received that is no use; worth a line of debug. The counters have it, too. */
  refused(reason: string, from: Endpoint): void
  /** A bug: one of these functions threw, or a socket failed in a way that no peer can cause. */
  fault(error: unknown): void
}

export interface TransportSetup {
  /** Member's own name, by which it is asked for in pings over TCP. */
  readonly name: string
  /** IP address to listen on. */
  readonly host: string
  /** UDP and TCP port; 0 takes one that is free in both. */
  readonly port: number
  readonly settings: TransportSettings
  readonly layers: Layers
  /** Bound of connecting, and again of an exchange: 10 s in a LAN, 30 s in a WAN. */
  readonly tcpTimeoutMs: number
  readonly clock: Clock
  /** Streams of others that may be open at once, of whatever kind; default 1024. */
  readonly streamsMax?: number
  /** Whether members may be announced from this address (`serf_lan_allowed_cidrs`); default: all may. */
  readonly announcesFrom?: Networks | undefined
  readonly events: TransportEvents
}
