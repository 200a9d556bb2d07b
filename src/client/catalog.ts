import type { Caller } from './caller.ts'
import type { Read, ReadOptions } from './query.ts'
import type { CheckServiceNode, HealthCheck, Node, NodeServices, ServiceNode } from './types.ts'

export interface InstanceOptions extends ReadOptions {
  /** Only instances with all of these. */
  readonly tags?: readonly string[]
  /** Only instances whose every check passes. */
  readonly passing?: boolean
}

/** `/v1/catalog/…`: what is registered in the cluster. */
export class CatalogClient {
  readonly #caller: Caller

  constructor(caller: Caller) {
    this.#caller = caller
  }

  async datacenters(options: ReadOptions = {}): Promise<readonly string[]> {
    return (await this.#caller.read('GET /v1/catalog/datacenters', {}, options)).value ?? []
  }

  async nodes(options: ReadOptions = {}): Promise<Read<readonly Node[]>> {
    return listed(await this.#caller.read('GET /v1/catalog/nodes', {}, options))
  }

  /** A node, by name or id, with its services by id; null when there is none. */
  node(name: string, options: ReadOptions = {}): Promise<Read<NodeServices | null>> {
    return this.#caller.read('GET /v1/catalog/node/:name', { path: { name } }, options)
  }

  /** All services, each with the tags that its instances have. */
  async services(options: ReadOptions = {}): Promise<Read<Readonly<Record<string, readonly string[] | null>>>> {
    const { value, meta } = await this.#caller.read('GET /v1/catalog/services', {}, options)
    return { value: value ?? {}, meta }
  }

  async service(name: string, options: InstanceOptions = {}): Promise<Read<readonly ServiceNode[]>> {
    const sent = { path: { name }, query: { tag: options.tags } }
    return listed(await this.#caller.read('GET /v1/catalog/service/:name', sent, options))
  }
}

/** `/v1/health/…`: checks, and instances of services with their health. */
export class HealthClient {
  readonly #caller: Caller

  constructor(caller: Caller) {
    this.#caller = caller
  }

  async service(name: string, options: InstanceOptions = {}): Promise<Read<readonly CheckServiceNode[]>> {
    const sent = { path: { name }, query: { tag: options.tags, passing: options.passing || undefined } }
    return listed(await this.#caller.read('GET /v1/health/service/:name', sent, options))
  }

  async node(name: string, options: ReadOptions = {}): Promise<Read<readonly HealthCheck[]>> {
    return listed(await this.#caller.read('GET /v1/health/node/:name', { path: { name } }, options))
  }

  async checks(service: string, options: ReadOptions = {}): Promise<Read<readonly HealthCheck[]>> {
    const sent = { path: { name: service } }
    return listed(await this.#caller.read('GET /v1/health/checks/:name', sent, options))
  }

  async state(
    state: 'any' | 'passing' | 'warning' | 'critical',
    options: ReadOptions = {},
  ): Promise<Read<readonly HealthCheck[]>> {
    return listed(await this.#caller.read('GET /v1/health/state/:name', { path: { name: state } }, options))
  }
}

function listed<T>({ value, meta }: Read<readonly T[] | null>): Read<readonly T[]> {
  return { value: value ?? [], meta }
}
