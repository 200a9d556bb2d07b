import type { Caller } from './caller.ts'
import type { Read, ReadOptions } from './query.ts'
import type { Coordinate, DatacenterMap } from './types.ts'

/** `/v1/coordinate/…`: where nodes stand in the network. */
export class CoordinateClient {
  readonly #caller: Caller

  constructor(caller: Caller) {
    this.#caller = caller
  }

  /** The servers of every datacenter. */
  async datacenters(options: ReadOptions = {}): Promise<readonly DatacenterMap[]> {
    return (await this.#caller.read('GET /v1/coordinate/datacenters', {}, options)).value ?? []
  }

  /** The nodes of one datacenter. */
  async nodes(options: ReadOptions = {}): Promise<Read<readonly Coordinate[]>> {
    const { value, meta } = await this.#caller.read('GET /v1/coordinate/nodes', {}, options)
    return { value: value ?? [], meta }
  }
}
