import { message, optional } from '../wire/schema.ts'
import { NodeServices } from '../wire/structs/catalog.ts'
import { type Caller, segment } from './caller.ts'
import type { Read, ReadOptions } from './query.ts'
import {
  type CheckServiceNode,
  Checks,
  type HealthCheck,
  Instances,
  type Node,
  Nodes,
  type ServiceNode,
  ServiceNodes,
  ServiceTags,
  Texts,
} from './types.ts'

const NodeContent = message(optional(NodeServices))

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
    return (await this.#caller.read(Texts, '/v1/catalog/datacenters', options)).value ?? []
  }

  async nodes(options: ReadOptions = {}): Promise<Read<readonly Node[]>> {
    return listed(await this.#caller.read(Nodes, '/v1/catalog/nodes', options))
  }

  /** A node, by name or id, with its services by id; null when there is none. */
  node(name: string, options: ReadOptions = {}): Promise<Read<NodeServices | null>> {
    return this.#caller.read(NodeContent, `/v1/catalog/node/${segment(name)}`, options)
  }

  /** All services, each with the tags that its instances have. */
  async services(options: ReadOptions = {}): Promise<Read<Readonly<Record<string, readonly string[] | null>>>> {
    const { value, meta } = await this.#caller.read(ServiceTags, '/v1/catalog/services', options)
    return { value: value ?? {}, meta }
  }

  async service(name: string, options: InstanceOptions = {}): Promise<Read<readonly ServiceNode[]>> {
    const path = `/v1/catalog/service/${segment(name)}`
    return listed(await this.#caller.read(ServiceNodes, path, options, { tag: options.tags }))
  }
}

/** `/v1/health/…`: checks, and instances of services with their health. */
export class HealthClient {
  readonly #caller: Caller

  constructor(caller: Caller) {
    this.#caller = caller
  }

  async service(name: string, options: InstanceOptions = {}): Promise<Read<readonly CheckServiceNode[]>> {
    const query = { tag: options.tags, passing: options.passing ? '' : undefined }
    return listed(await this.#caller.read(Instances, `/v1/health/service/${segment(name)}`, options, query))
  }

  async node(name: string, options: ReadOptions = {}): Promise<Read<readonly HealthCheck[]>> {
    return listed(await this.#caller.read(Checks, `/v1/health/node/${segment(name)}`, options))
  }

  async checks(service: string, options: ReadOptions = {}): Promise<Read<readonly HealthCheck[]>> {
    return listed(await this.#caller.read(Checks, `/v1/health/checks/${segment(service)}`, options))
  }

  async state(
    state: 'any' | 'passing' | 'warning' | 'critical',
    options: ReadOptions = {},
  ): Promise<Read<readonly HealthCheck[]>> {
    return listed(await this.#caller.read(Checks, `/v1/health/state/${segment(state)}`, options))
  }
}

function listed<T>({ value, meta }: Read<readonly T[] | null>): Read<readonly T[]> {
  return { value: value ?? [], meta }
}
