import { createSocket, type RemoteInfo, type Socket } from 'node:dgram'
import { isIPv6 } from 'node:net'
import { DnsListenError } from './errors.ts'
import type { Responder } from './responder.ts'

/** Room for a burst of questions while the process is busy; the system may grant less. */
const receiveBufferBytes = 4 * 1024 * 1024

/** Answers questions on one UDP address. */
export class UdpListener {
  readonly #socket: Socket
  readonly #responder: Responder
  readonly #fault: (error: unknown) => void

  private constructor(socket: Socket, responder: Responder, fault: (error: unknown) => void) {
    this.#socket = socket
    this.#responder = responder
    this.#fault = fault
    socket.on('message', (message, client) => this.#receive(message, client))
    socket.on('error', fault)
  }

  /** Rejects with a DnsListenError when the address cannot be had. */
  static async open(
    address: string,
    port: number,
    responder: Responder,
    fault: (error: unknown) => void,
  ): Promise<UdpListener> {
    // Clients are IP addresses: without a look-up of its own, Node sends each answer a turn of the loop later.
    const socket = createSocket({
      type: isIPv6(address) ? 'udp6' : 'udp4',
      lookup: (host, _, found) => found(null, host, isIPv6(host) ? 6 : 4),
    })
    await new Promise<void>((resolve, reject) => {
      socket.once('error', (cause) => {
        socket.close()
        reject(new DnsListenError('udp', address, port, cause))
      })
      socket.bind({ address, port, exclusive: true }, resolve)
    })
    socket.removeAllListeners('error')
    socket.setRecvBufferSize(receiveBufferBytes)
    return new UdpListener(socket, responder, fault)
  }

  get port(): number {
    return this.#socket.address().port
  }

  close(): Promise<void> {
    return new Promise((resolve) => this.#socket.close(() => resolve()))
  }

  #receive(message: Buffer, client: RemoteInfo): void {
    // A forged datagram may claim to come from port 0, to which nothing can be sent.
    if (client.port === 0) return
    const response = this.#responder.hot(message)
    if (response !== undefined) {
      this.#send(response, client)
      return
    }
    this.#responder
      .respond(message, 'udp', client.address)
      .then((answer) => answer && this.#send(answer, client), this.#fault)
  }

  #send(response: Buffer, { port, address }: RemoteInfo): void {
    try {
      this.#socket.send(response, port, address, ignoreUndelivered)
    } catch (error) {
      // Closed while the zone was asked.
      if ((error as NodeJS.ErrnoException).code !== 'ERR_SOCKET_DGRAM_NOT_RUNNING') this.#fault(error)
    }
  }
}

/** A client that cannot be reached asks again or does not: UDP promises it nothing. Without this, Node would throw. */
function ignoreUndelivered(): void {}
