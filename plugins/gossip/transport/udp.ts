import { createSocket, type RemoteInfo, type Socket } from 'node:dgram'
import { isIPv6 } from 'node:net'
import type { Endpoint, SwimMessage } from '../core/messages.ts'
import { compoundPartsMax, fitsCompound } from '../wire/compound.ts'
import { decodePacket, encodePacket } from '../wire/packet.ts'
import { plainAddress, socketAddress } from './address.ts'
import type { TransportCounters } from './counters.ts'
import { listenError } from './listen-error.ts'
import type { TransportSetup } from './setup.ts'

/** Room for what a large pool says at once while the process is busy; as memberlist. The system may grant less. */
const receiveBufferBytes = 2 * 1024 * 1024

/** The UDP half of a pool's port. */
export class UdpPort {
  readonly #socket: Socket
  readonly #setup: TransportSetup
  readonly #counters: TransportCounters
  readonly #isIp6: boolean
  #closed: Promise<void> | undefined

  private constructor(socket: Socket, setup: TransportSetup, counters: TransportCounters) {
    this.#socket = socket
    this.#setup = setup
    this.#counters = counters
    this.#isIp6 = isIPv6(setup.host)
    socket.on('message', (packet, source) => this.#receive(packet, source))
    socket.on('error', setup.events.fault)
  }

  /** @throws ConfigError when the port cannot be had */
  static async open(setup: TransportSetup, port: number, counters: TransportCounters): Promise<UdpPort> {
    const { host } = setup
    const socket = createSocket({
      type: isIPv6(host) ? 'udp6' : 'udp4',
      // Members are IP addresses: without a look-up of its own, Node sends each packet a turn of the loop later.
      lookup: (address, _, found) => found(null, address, isIPv6(address) ? 6 : 4),
    })
    await new Promise<void>((resolve, reject) => {
      socket.once('error', (error) => {
        socket.close()
        reject(listenError(error, 'UDP', { ...setup, port }))
      })
      socket.bind({ address: host, port, exclusive: true }, resolve)
    })
    socket.removeAllListeners('error')
    socket.setRecvBufferSize(receiveBufferBytes)
    return new UdpPort(socket, setup, counters)
  }

  /** Sends whole messages in one packet; in more when they are more than a compound can hold. */
  send({ address, port }: Endpoint, parts: readonly Buffer[], crc: boolean): void {
    if (this.#closed !== undefined) return
    for (let at = 0; at < parts.length; at += compoundPartsMax) {
      const some = parts.length <= compoundPartsMax ? parts : parts.slice(at, at + compoundPartsMax)
      // A forged packet may claim to come from port 0, to which nothing can be sent.
      if (port === 0 || !fitsCompound(some)) {
        this.#counters.packetsUnsent++
        continue
      }
      const packet = encodePacket(some, crc, this.#setup.layers)
      this.#counters.packetsOut++
      this.#counters.packetBytesOut += packet.length
      this.#socket.send(packet, port, socketAddress(address, this.#isIp6), this.#sent)
    }
  }

  close(): Promise<void> {
    this.#closed ??= new Promise((resolve) => this.#socket.close(() => resolve()))
    return this.#closed
  }

  /** UDP promises nothing, and a member that cannot be reached is found out by probing. */
  readonly #sent = (error: Error | null): void => {
    if (error !== null) this.#counters.packetsUnsent++
  }

  #receive(packet: Buffer, { address, port }: RemoteInfo): void {
    const counters = this.#counters
    counters.packetsIn++
    counters.packetBytesIn += packet.length
    const { layers, events, announcesFrom } = this.#setup
    try {
      const from = { address: plainAddress(address), port }
      let messages: readonly SwimMessage[] = decodePacket(packet, layers, counters.drops)
      if (announcesFrom !== undefined && !announcesFrom(from.address)) {
        const allowed = messages.filter(({ type }) => type !== 'alive')
        counters.notAllowed += messages.length - allowed.length
        messages = allowed
      }
      if (messages.length > 0) events.messages(messages, from)
    } catch (error) {
      events.fault(error)
    }
  }
}
