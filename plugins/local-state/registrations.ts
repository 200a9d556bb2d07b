import type { HealthCheck, NodeService } from '../../src/wire/structs/catalog.ts'
import type { CheckDraft } from './check-definition.ts'

/** Who asked for a registration: `config` ones are not written to disk, and win over others at start. */
export type Source = 'config' | 'api'

export interface ServiceRecord {
  readonly service: NodeService
  readonly source: Source
}

export interface CheckRecord {
  readonly check: HealthCheck
  readonly source: Source
  /** How it is run; undefined for what nobody runs, such as maintenance. */
  readonly draft: CheckDraft | undefined
  /** A service whose check is critical for so long is removed; 0 for never. */
  readonly deregisterAfterMs: number
  /** On the monotonic clock; undefined while it is not critical. */
  readonly criticalSinceMs: number | undefined
}

/** What changed, so that it can be sent to the catalog. `outputOnly`: the status is the same, only its explanation is not. */
export interface LocalChange {
  readonly kind: 'service' | 'check'
  readonly id: string
  readonly removed: boolean
  readonly outputOnly?: boolean
  /** Of a check that was removed: the service it belonged to. */
  readonly serviceId?: string
}

/** Services and checks registered on this agent, by id, as the catalog should show them. */
export class Registrations {
  readonly #services = new Map<string, ServiceRecord>()
  readonly #checks = new Map<string, CheckRecord>()
  readonly #listeners = new Set<(change: LocalChange) => void>()
  readonly #nowMs: () => number

  /** `nowMs` is the monotonic clock. */
  constructor(nowMs: () => number) {
    this.#nowMs = nowMs
  }

  get services(): ReadonlyMap<string, ServiceRecord> {
    return this.#services
  }

  get checks(): ReadonlyMap<string, CheckRecord> {
    return this.#checks
  }

  checksOf(serviceId: string): CheckRecord[] {
    return [...this.#checks.values()].filter(({ check }) => check.ServiceID === serviceId)
  }

  /** Adds or replaces a service. Its checks take over its name and tags. */
  putService(record: ServiceRecord): void {
    const { ID, Service, Tags } = record.service
    this.#services.set(ID, record)
    this.#tell({ kind: 'service', id: ID, removed: false })
    for (const held of this.checksOf(ID)) {
      if (held.check.ServiceName === Service && held.check.ServiceTags === Tags) continue
      this.#checks.set(held.check.CheckID, {
        ...held,
        check: { ...held.check, ServiceName: Service, ServiceTags: Tags },
      })
      this.#tell({ kind: 'check', id: held.check.CheckID, removed: false })
    }
  }

  removeService(id: string): void {
    if (this.#services.delete(id)) this.#tell({ kind: 'service', id, removed: true })
  }

  putCheck(record: Omit<CheckRecord, 'criticalSinceMs'>): void {
    const { check } = record
    const held = this.#checks.get(check.CheckID)
    this.#checks.set(check.CheckID, { ...record, criticalSinceMs: this.#criticalSince(check.Status, held) })
    this.#tell({ kind: 'check', id: check.CheckID, removed: false })
  }

  removeCheck(id: string): void {
    const serviceId = this.#checks.get(id)?.check.ServiceID ?? ''
    if (this.#checks.delete(id)) this.#tell({ kind: 'check', id, removed: true, serviceId })
  }

  /** A check found something. Nothing happens when that is what it had, or when the check is gone. */
  settle(id: string, Status: string, Output: string): void {
    const held = this.#checks.get(id)
    if (held === undefined || (held.check.Status === Status && held.check.Output === Output)) return
    const criticalSinceMs = this.#criticalSince(Status, held)
    this.#checks.set(id, { ...held, check: { ...held.check, Status, Output }, criticalSinceMs })
    this.#tell({ kind: 'check', id, removed: false, outputOnly: held.check.Status === Status })
  }

  /** The catalog's tags of a service that lets others set them; its checks follow. No change to tell the catalog. */
  adoptTags(id: string, Tags: NodeService['Tags']): void {
    const held = this.#services.get(id)
    if (held === undefined) return
    this.#services.set(id, { ...held, service: { ...held.service, Tags } })
    for (const record of this.checksOf(id)) {
      this.#checks.set(record.check.CheckID, { ...record, check: { ...record.check, ServiceTags: Tags } })
    }
  }

  /** Calls `listener` after each change. The returned function ends that. */
  listen(listener: (change: LocalChange) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  #criticalSince(status: string, held: CheckRecord | undefined): number | undefined {
    return status === 'critical' ? (held?.criticalSinceMs ?? this.#nowMs()) : undefined
  }

  #tell(change: LocalChange): void {
    for (const listener of [...this.#listeners]) listener(change)
  }
}
