import type { Caller } from './caller.ts'
import type { ReadOptions } from './query.ts'

/** `/v1/status/…`: who leads and who votes. */
export class StatusClient {
  readonly #caller: Caller

  constructor(caller: Caller) {
    this.#caller = caller
  }

  /** Address of the leader, empty when there is none. */
  async leader(options: ReadOptions = {}): Promise<string> {
    return (await this.#caller.read('GET /v1/status/leader', {}, options)).value
  }

  async peers(options: ReadOptions = {}): Promise<readonly string[]> {
    return (await this.#caller.read('GET /v1/status/peers', {}, options)).value ?? []
  }
}
