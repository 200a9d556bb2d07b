import { ConfigError, ProconsulError } from '../../../src/kernel/errors.ts'
import type { Endpoint, Ping, PushPull } from '../core/messages.ts'
import { endpointText } from '../join-address.ts'
import { GossipStreamError } from '../wire/errors.ts'
import { encodeMessage } from '../wire/message.ts'
import { encodePushPull } from '../wire/push-pull.ts'
import type { StreamBody } from '../wire/stream-body.ts'
import { noTraffic, type TransportCounters } from './counters.ts'
import { dial } from './dial.ts'
import { GossipPeerError } from './errors.ts'
import type { TransportSetup } from './setup.ts'
import { TcpPort } from './tcp-listener.ts'
import { UdpPort } from './udp.ts'

/** How often a port that is free for TCP is tried for UDP, when any port will do. */
const freePortAttempts = 10

/** The port of a pool: packets and streams to and from other members, with the layers of the pool around them. */
export class GossipTransport {
  readonly counters: TransportCounters
  /** The port of both protocols. */
  readonly port: number
  readonly #setup: TransportSetup
  readonly #tcp: TcpPort
  readonly #udp: UdpPort
  readonly #closing = new AbortController()

  private constructor(setup: TransportSetup, counters: TransportCounters, tcp: TcpPort, udp: UdpPort) {
    this.counters = counters
    this.port = tcp.port
    this.#setup = setup
    this.#tcp = tcp
    this.#udp = udp
  }

  /** Listens on one port for UDP and TCP. @throws ConfigError when it cannot be had */
  static async listen(setup: TransportSetup): Promise<GossipTransport> {
    const counters = noTraffic()
    for (let attempt = 1; ; attempt++) {
      const tcp = await TcpPort.open(setup, counters)
      try {
        return new GossipTransport(setup, counters, tcp, await UdpPort.open(setup, tcp.port, counters))
      } catch (error) {
        await tcp.close()
        const mayRepeat = setup.port === 0 && attempt < freePortAttempts && error instanceof ConfigError
        if (!mayRepeat) throw error
      }
    }
  }

  /** Sends whole messages, type bytes included, in one packet. What becomes of it nobody knows. */
  sendPacket(to: Endpoint, parts: readonly Buffer[], options: { readonly crc: boolean }): void {
    this.#udp.send(to, parts, options.crc)
  }

  /**
   * Shows `local()` to another member and resolves with what it shows.
   *
   * @throws GossipPeerError when it cannot be reached, does not answer in time, or says why it does not
   * @throws GossipStreamError when its answer cannot be read
   */
  async pushPull(to: Endpoint, local: () => PushPull, signal?: AbortSignal): Promise<PushPull> {
    const said = await this.#dial(to, () => encodePushPull(local()), this.#setup.tcpTimeoutMs, signal)
    if (said.type === 'pushPull') return said.pushPull
    throw unexpected(to, said)
  }

  /**
   * Pings over TCP, which takes as long as `timeoutMs` at most. False when there is no answer, or the answer to something
   * else.
   */
  async ping(to: Endpoint, ping: Ping, timeoutMs: number): Promise<boolean> {
    const late = new AbortController()
    const stopClock = this.#setup.clock.after(timeoutMs, () => late.abort())
    try {
      const said = await this.#dial(to, () => encodeMessage(ping), timeoutMs, late.signal)
      return said.type === 'ack' && said.seqNo === ping.seqNo
    } catch (error) {
      if (error instanceof ProconsulError) return false
      throw error
    } finally {
      stopClock()
    }
  }

  /** Ends everything that is under way. */
  async close(): Promise<void> {
    this.#closing.abort()
    await Promise.all([this.#udp.close(), this.#tcp.close()])
  }

  #dial(to: Endpoint, body: () => Buffer, timeoutMs: number, signal: AbortSignal | undefined): Promise<StreamBody> {
    const { layers, clock } = this.#setup
    const signals = signal === undefined ? [this.#closing.signal] : [this.#closing.signal, signal]
    return dial({ to, body, timeoutMs, signals }, { layers, clock, counters: this.counters })
  }
}

function unexpected(to: Endpoint, said: StreamBody): ProconsulError {
  if (said.type !== 'error')
    return new GossipStreamError(`${endpointText(to)} answered with a message of type ${said.type}`)
  return new GossipPeerError(`remote error: ${said.reason}`)
}
