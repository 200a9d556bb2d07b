import { readNetworks } from '../../src/config/networks.ts'
import type { ApiRequest } from './contract.ts'
import { WriteRestrictedError } from './errors.ts'

/** Who may write: the networks of `http_config.allow_write_http_from`, or everybody when it names none. */
export class WriteAccess {
  readonly #allowed: ReturnType<typeof readNetworks>

  /** @throws ConfigError for what is no network */
  constructor(networks: readonly string[]) {
    this.#allowed = readNetworks('http_config.allow_write_http_from', networks)
  }

  /**
   * Reads are everybody's. A client on a Unix socket has no address, and so is in none of the networks.
   *
   * @throws WriteRestrictedError
   */
  require(request: Pick<ApiRequest, 'method' | 'remoteAddress'>): void {
    if (this.#allowed === undefined) return
    const { method, remoteAddress } = request
    if (method === 'GET' || method === 'HEAD') return
    // An IPv6 socket shows IPv4 clients in the mapped form.
    if (!this.#allowed(remoteAddress.replace(/^::ffff:(?=\d+\.)/i, ''))) throw new WriteRestrictedError()
  }
}
