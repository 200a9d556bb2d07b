import { map, message } from '../wire/schema.ts'
import { AgentService } from '../wire/structs/agent.ts'
import { anyJson, type Caller, segment } from './caller.ts'
import type { Read, ReadOptions, WriteOptions } from './query.ts'
import type { Query } from './transport.ts'
import {
  type AgentSelf,
  type CheckRegistration,
  type CheckStatus,
  ChecksById,
  type HealthCheck,
  type Member,
  Members,
  type ServiceRegistration,
} from './types.ts'

const ServicesById = message(map(AgentService))

/** `/v1/agent/…`: the agent itself, and the services and checks registered on it. */
export class AgentClient {
  readonly #caller: Caller

  constructor(caller: Caller) {
    this.#caller = caller
  }

  async self(options: ReadOptions = {}): Promise<AgentSelf> {
    return (await this.#caller.read<AgentSelf>(anyJson, '/v1/agent/self', options)).value
  }

  async members(
    options: ReadOptions & { readonly wan?: boolean; readonly segment?: string } = {},
  ): Promise<readonly Member[]> {
    const query = { wan: options.wan ? '1' : undefined, segment: options.segment || undefined }
    return (await this.#caller.read(Members, '/v1/agent/members', options, query)).value ?? []
  }

  /** Meets the cluster of the agent at this address. */
  join(address: string, options: WriteOptions & { readonly wan?: boolean } = {}): Promise<void> {
    return this.#put(`join/${segment(address)}`, options, { wan: options.wan ? '1' : undefined })
  }

  /** Says goodbye to the cluster; the agent ends. */
  leave(options: WriteOptions = {}): Promise<void> {
    return this.#put('leave', options)
  }

  /** Declares that a failed member has left; `prune` forgets it at once. */
  forceLeave(
    name: string,
    options: WriteOptions & { readonly prune?: boolean; readonly wan?: boolean } = {},
  ): Promise<void> {
    const query = { prune: options.prune ? '1' : undefined, wan: options.wan ? '1' : undefined }
    return this.#put(`force-leave/${segment(name)}`, options, query)
  }

  reload(options: WriteOptions = {}): Promise<void> {
    return this.#put('reload', options)
  }

  /** The log from a level on (`INFO` when left out), in pieces as it is written, until the signal aborts. */
  monitor(
    options: { readonly level?: string; readonly json?: boolean; readonly signal?: AbortSignal } = {},
  ): AsyncGenerator<Buffer> {
    const query = { loglevel: options.level || undefined, logjson: options.json ? 'true' : undefined }
    return this.#caller.stream('/v1/agent/monitor', query, options.signal)
  }

  async services(options: ReadOptions = {}): Promise<Readonly<Record<string, AgentService>>> {
    return (await this.#caller.read(ServicesById, '/v1/agent/services', options)).value ?? {}
  }

  /** One service by its id; with `hash` waits until it differs from that. */
  service(id: string, options: ReadOptions = {}): Promise<Read<AgentService>> {
    return this.#caller.read(AgentService, `/v1/agent/service/${segment(id)}`, options)
  }

  async checks(options: ReadOptions = {}): Promise<Readonly<Record<string, HealthCheck>>> {
    return (await this.#caller.read(ChecksById, '/v1/agent/checks', options)).value ?? {}
  }

  registerService(
    service: ServiceRegistration,
    options: WriteOptions & { readonly replaceExistingChecks?: boolean } = {},
  ): Promise<void> {
    const query = { 'replace-existing-checks': options.replaceExistingChecks ? 'true' : undefined }
    return this.#put('service/register', options, query, JSON.stringify(service))
  }

  deregisterService(id: string, options: WriteOptions = {}): Promise<void> {
    return this.#put(`service/deregister/${segment(id)}`, options)
  }

  registerCheck(check: CheckRegistration, options: WriteOptions = {}): Promise<void> {
    return this.#put('check/register', options, {}, JSON.stringify(check))
  }

  deregisterCheck(id: string, options: WriteOptions = {}): Promise<void> {
    return this.#put(`check/deregister/${segment(id)}`, options)
  }

  /** Reports a TTL check. */
  updateTtl(id: string, status: CheckStatus, output = '', options: WriteOptions = {}): Promise<void> {
    const body = JSON.stringify({ Status: status, Output: output })
    return this.#put(`check/update/${segment(id)}`, options, {}, body)
  }

  /** Takes the node, or one of its services, out of discovery and back. */
  maintenance(
    on: boolean,
    options: WriteOptions & { readonly service?: string | undefined; readonly reason?: string | undefined } = {},
  ): Promise<void> {
    const { service, reason } = options
    const path = service === undefined ? 'maintenance' : `service/maintenance/${segment(service)}`
    return this.#put(path, options, { enable: String(on), reason: reason || undefined })
  }

  async #put(path: string, options: WriteOptions, query: Query = {}, body?: string): Promise<void> {
    await this.#caller.write('PUT', `/v1/agent/${path}`, options, { query, body })
  }
}
