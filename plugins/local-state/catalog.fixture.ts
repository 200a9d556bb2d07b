import type { Node } from '../../src/wire/structs/catalog.ts'
import {
  DeregisterRequest,
  type HealthCheck,
  type NodeService,
  RegisterRequest,
} from '../../src/wire/structs/catalog.ts'
import type { Catalog } from '../catalog/contract.ts'

/** A catalog of one node that keeps what it is sent the way a server does: as it comes out of the log. */
export class FakeCatalog {
  node: Node | undefined
  readonly services = new Map<string, NodeService>()
  readonly checks = new Map<string, HealthCheck>()
  /** One line for each request, in order. */
  readonly log: string[] = []
  /** Thrown by the requests while it is set. */
  trouble: Error | undefined
  /** Called before each request is carried out. */
  meanwhile: (() => void | Promise<void>) | undefined

  readonly catalog = {
    readNode: async () => ({
      node: this.node,
      services: [...this.services.values()],
      checks: [...this.checks.values()],
    }),
    register: (request: RegisterRequest) => this.#register(RegisterRequest.decode(RegisterRequest.encode(request))),
    deregister: (request: DeregisterRequest) =>
      this.#deregister(DeregisterRequest.decode(DeregisterRequest.encode(request))),
  } as unknown as Catalog

  async #register({ Node: name, ID, Address, Datacenter, TaggedAddresses, NodeMeta, ...request }: RegisterRequest) {
    const { Service, Check, SkipNodeUpdate } = request
    const checks = [...(request.Checks ?? []), ...(Check ? [Check] : [])]
    this.log.push(
      `register${SkipNodeUpdate ? '' : ' node'}${Service ? ` service ${Service.ID}` : ''}${checks.map((check) => ` check ${check.CheckID}=${check.Status}`).join('')}`,
    )
    await this.#answer()
    if (this.node === undefined || !SkipNodeUpdate) {
      this.node = {
        ID,
        Node: name,
        Address,
        Datacenter,
        TaggedAddresses,
        Meta: NodeMeta,
        CreateIndex: 1,
        ModifyIndex: 1,
      }
    }
    if (Service) this.services.set(Service.ID, { ...Service, CreateIndex: 7, ModifyIndex: 8 })
    for (const check of checks) {
      const owner = this.services.get(check.ServiceID)
      const { Service: ServiceName = '', Tags: ServiceTags = null } = owner ?? {}
      this.checks.set(check.CheckID, { ...check, ServiceName, ServiceTags, CreateIndex: 7, ModifyIndex: 9 })
    }
  }

  async #deregister({ ServiceID, CheckID }: DeregisterRequest) {
    this.log.push(`deregister ${ServiceID ? `service ${ServiceID}` : `check ${CheckID}`}`)
    await this.#answer()
    if (CheckID) this.checks.delete(CheckID)
    if (!ServiceID) return
    this.services.delete(ServiceID)
    for (const [id, check] of this.checks) if (check.ServiceID === ServiceID) this.checks.delete(id)
  }

  async #answer(): Promise<void> {
    await this.meanwhile?.()
    if (this.trouble) throw this.trouble
  }
}
