import type { Clock } from '../../src/kernel/clock.ts'
import type { Logger } from '../../src/kernel/log.ts'
import type { Owned } from '../../src/kernel/plugin.ts'
import type { Responder } from './responder.ts'
import { TcpListener } from './tcp.ts'
import { UdpListener } from './udp.ts'

/** What listeners need of the agent they live in. */
interface Home {
  readonly clock: Clock
  readonly log: Logger
  own(owned: Owned): void
  fault(where: string, error: unknown): void
}

/** The sockets on which questions come. */
export class DnsListeners {
  readonly #responder: Responder
  readonly #home: Home
  readonly #addresses: string[] = []

  constructor(responder: Responder, home: Home) {
    this.#responder = responder
    this.#home = home
  }

  /** Listens on a port of each address, over UDP and TCP; a port of -1 is off, 0 is one that is free. */
  async open(addresses: readonly string[], port: number): Promise<void> {
    if (port < 0) return
    const { log, clock } = this.#home
    for (const address of addresses) {
      if (address.startsWith('unix://')) {
        log.warn('DNS does not listen on unix sockets', { address })
        continue
      }
      const udp = await UdpListener.open(address, port, this.#responder, (error) => this.#home.fault('udp', error))
      this.#home.own(udp)
      const shown = `${address.includes(':') ? `[${address}]` : address}:${udp.port}`
      log.info('Started DNS server', { address: shown, network: 'udp' })
      const fault = (error: unknown) => this.#home.fault('tcp', error)
      this.#home.own(await TcpListener.open(address, udp.port, this.#responder, clock, fault))
      log.info('Started DNS server', { address: shown, network: 'tcp' })
      this.#addresses.push(shown)
    }
  }

  addresses(): readonly string[] {
    return this.#addresses
  }
}
