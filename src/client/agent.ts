import type { Caller } from './caller.ts'
import type { Read, ReadOptions, WriteOptions } from './query.ts'
import type {
  AgentSelf,
  AgentService,
  CheckRegistration,
  CheckStatus,
  HealthCheck,
  Member,
  ServiceRegistration,
} from './types.ts'

/** `/v1/agent/…`: the agent itself, and the services and checks registered on it. */
export class AgentClient {
  readonly #caller: Caller

  constructor(caller: Caller) {
    this.#caller = caller
  }

  async self(options: ReadOptions = {}): Promise<AgentSelf> {
    return (await this.#caller.read('GET /v1/agent/self', {}, options)).value as AgentSelf
  }

  async members(
    options: ReadOptions & { readonly wan?: boolean; readonly segment?: string } = {},
  ): Promise<readonly Member[]> {
    const query = { wan: options.wan, segment: options.segment || undefined }
    return (await this.#caller.read('GET /v1/agent/members', { query }, options)).value ?? []
  }

  /** Meets the cluster of the agent at this address. */
  async join(address: string, options: WriteOptions & { readonly wan?: boolean } = {}): Promise<void> {
    const sent = { path: { address }, query: { wan: options.wan } }
    await this.#caller.write('PUT /v1/agent/join/:address', sent, options)
  }

  /** Says goodbye to the cluster; the agent ends. */
  async leave(options: WriteOptions = {}): Promise<void> {
    await this.#caller.write('PUT /v1/agent/leave', {}, options)
  }

  /** Declares that a failed member has left; `prune` forgets it at once. */
  async forceLeave(
    node: string,
    options: WriteOptions & { readonly prune?: boolean; readonly wan?: boolean } = {},
  ): Promise<void> {
    const sent = { path: { node }, query: { prune: options.prune, wan: options.wan } }
    await this.#caller.write('PUT /v1/agent/force-leave/:node', sent, options)
  }

  async reload(options: WriteOptions = {}): Promise<void> {
    await this.#caller.write('PUT /v1/agent/reload', {}, options)
  }

  /** The log from a level on (`INFO` when left out), in pieces as it is written, until the signal aborts. */
  monitor(
    options: { readonly level?: string; readonly json?: boolean; readonly signal?: AbortSignal } = {},
  ): AsyncGenerator<Buffer> {
    const query = { loglevel: options.level || undefined, logjson: options.json }
    return this.#caller.stream('GET /v1/agent/monitor', { query }, options.signal)
  }

  async services(options: ReadOptions = {}): Promise<Readonly<Record<string, AgentService>>> {
    return (await this.#caller.read('GET /v1/agent/services', {}, options)).value ?? {}
  }

  /** One service by its id; with `hash` waits until it differs from that. */
  service(id: string, options: ReadOptions = {}): Promise<Read<AgentService>> {
    return this.#caller.read('GET /v1/agent/service/:id', { path: { id } }, options)
  }

  async checks(options: ReadOptions = {}): Promise<Readonly<Record<string, HealthCheck>>> {
    return (await this.#caller.read('GET /v1/agent/checks', {}, options)).value ?? {}
  }

  async registerService(
    service: ServiceRegistration,
    options: WriteOptions & { readonly replaceExistingChecks?: boolean } = {},
  ): Promise<void> {
    const query = { 'replace-existing-checks': options.replaceExistingChecks }
    await this.#caller.write('PUT /v1/agent/service/register', { query, body: JSON.stringify(service) }, options)
  }

  async deregisterService(id: string, options: WriteOptions = {}): Promise<void> {
    await this.#caller.write('PUT /v1/agent/service/deregister/:id', { path: { id } }, options)
  }

  async registerCheck(check: CheckRegistration, options: WriteOptions = {}): Promise<void> {
    await this.#caller.write('PUT /v1/agent/check/register', { body: JSON.stringify(check) }, options)
  }

  async deregisterCheck(id: string, options: WriteOptions = {}): Promise<void> {
    await this.#caller.write('PUT /v1/agent/check/deregister/:id', { path: { id } }, options)
  }

  /** Reports a TTL check. */
  async updateTtl(id: string, status: CheckStatus, output = '', options: WriteOptions = {}): Promise<void> {
    const body = JSON.stringify({ Status: status, Output: output })
    await this.#caller.write('PUT /v1/agent/check/update/:id', { path: { id }, body }, options)
  }

  /** Takes the node, or one of its services, out of discovery and back. */
  async maintenance(
    on: boolean,
    options: WriteOptions & { readonly service?: string | undefined; readonly reason?: string | undefined } = {},
  ): Promise<void> {
    const { service, reason } = options
    const query = { enable: on, reason: reason || undefined }
    if (service === undefined) await this.#caller.write('PUT /v1/agent/maintenance', { query }, options)
    else await this.#caller.write('PUT /v1/agent/service/maintenance/:id', { path: { id: service }, query }, options)
  }
}
