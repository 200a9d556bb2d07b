import type { Hooks } from '../../src/kernel/hooks.ts'
import type { Logger } from '../../src/kernel/log.ts'
import { formatGoDuration } from '../../src/wire/go-duration.ts'
import { HealthCheck, type NodeService } from '../../src/wire/structs/catalog.ts'
import type { CheckDefinition, CheckRunner } from '../health-checks/contract.ts'
import type { AliasChecks } from './alias.ts'
import { type CheckDraft, draftType, isScript, isStatus, runnableDefinition } from './check-definition.ts'
import type { Registration } from './contract.ts'
import { RegistrationRefusedError } from './errors.ts'
import { isMaintenance } from './maintenance-checks.ts'
import type { RegistrationStorage } from './registration-storage.ts'
import type { Registrations, Source } from './registrations.ts'
import { SerialQueue } from './serial-queue.ts'
import type { CheckRequest, ServiceRequest } from './service-definition.ts'

export interface RegistrarSetup {
  readonly registrations: Registrations
  readonly storage: RegistrationStorage
  readonly runner: CheckRunner
  readonly aliases: AliasChecks
  readonly hooks: Hooks
  readonly log: Logger
  readonly nodeName: string
  readonly outputMaxBytes: number
  /** Whether scripts may be run that come over the HTTP API, and those of the configuration. */
  readonly scripts: { readonly api: boolean; readonly config: boolean }
}

export interface Origin {
  readonly source: Source
  /** False for what was read from disk just now. */
  readonly stored?: boolean
}

/** A check that is ready to be accepted: nothing can be wrong with it any more. */
interface ReadyCheck {
  readonly check: HealthCheck
  readonly draft: CheckDraft | undefined
  readonly definition: CheckDefinition | undefined
}

/** Intervals below this would wear out what is checked. */
const deregisterMinMs = 60_000

/**
 * Accepts and removes registrations: asks the plugins, stores, then changes what is registered and starts or stops checks.
 * One at a time, in the order of the calls. When a call rejects, nothing has changed.
 */
export class Registrar {
  readonly #setup: RegistrarSetup
  readonly #queue = new SerialQueue()

  constructor(setup: RegistrarSetup) {
    this.#setup = setup
  }

  /** `replaceChecks` removes checks of the service that the request does not name. */
  registerService(request: ServiceRequest, { source, stored = true }: Origin, replaceChecks = false): Promise<void> {
    return this.#queue.run(async () => {
      const { registrations, storage, hooks } = this.#setup
      const asked: Registration = { kind: 'service', service: request.service }
      const service = hooks.registering.call(asked).service ?? request.service
      const ready = request.checks.map((draft, at) =>
        this.#readyServiceCheck(service, draft, at, request.checks.length, source),
      )
      const dropped = replaceChecks ? this.#othersOf(service.ID, ready, source) : []
      if (stored && source === 'api') await storage.addService(service, ready)
      else if (stored)
        await storage.forgetService(
          service.ID,
          ready.map(({ check }) => check.CheckID),
        )
      registrations.putService({ service, source })
      for (const one of ready) this.#accept(one, source)
      for (const id of dropped) await this.#drop(id)
      hooks.registered.call({ kind: 'service', id: service.ID, removed: false })
    })
  }

  /** Removes a service with its checks and its sidecar. One that is not there is no error, as in Consul. */
  deregisterService(id: string): Promise<void> {
    return this.#queue.run(() => this.#removeService(id))
  }

  registerCheck({ definition, draft, type }: CheckRequest, { source, stored = true }: Origin): Promise<void> {
    return this.#queue.run(async () => {
      const check: HealthCheck = {
        ...HealthCheck.zero(),
        CheckID: definition.CheckID || definition.Name,
        Name: definition.Name,
        Status: definition.Status || 'critical',
        Notes: definition.Notes,
        ServiceID: definition.ServiceID,
        // Consul says so only of checks that came over its API.
        Type: source === 'api' ? type : '',
        Interval: formatGoDuration(definition.Interval),
        Timeout: formatGoDuration(definition.Timeout),
      }
      await this.#addCheck(check, draft, type, { source, stored })
    })
  }

  /** A check nobody runs (maintenance), or one read back from disk as it was. */
  restoreCheck(check: HealthCheck, draft: CheckDraft | undefined, origin: Origin): Promise<void> {
    const type = draft === undefined ? undefined : draftType(draft, (name) => this.#setup.runner.knows(name))
    return this.#queue.run(() => this.#addCheck(check, draft, type, origin))
  }

  deregisterCheck(id: string): Promise<void> {
    return this.#queue.run(() => this.#drop(id))
  }

  /** A report for a TTL check; throws when the id is none of one. Stored, so that it counts after a restart. */
  async report(id: string, status: 'passing' | 'warning' | 'critical', output: string): Promise<void> {
    const { runner, registrations, storage } = this.#setup
    runner.report(id, { status, output })
    const record = registrations.checks.get(id)
    if (record?.draft === undefined) return
    await storage.keepReport(record.check, record.draft.row.TTL / 1e6)
  }

  async #addCheck(
    asked: HealthCheck,
    draft: CheckDraft | undefined,
    type: string | undefined,
    { source, stored = true }: Origin,
  ): Promise<void> {
    const { registrations, storage, hooks } = this.#setup
    const service = asked.ServiceID === '' ? undefined : registrations.services.get(asked.ServiceID)?.service
    if (asked.ServiceID !== '' && service === undefined) {
      throw new RegistrationRefusedError(`ServiceID ${JSON.stringify(asked.ServiceID)} does not exist`)
    }
    const ready = this.#ready(asked, service, draft, type, source)
    if (stored && source === 'api') await storage.addCheck(ready)
    else if (stored) await storage.forgetCheck(ready.check.CheckID)
    this.#accept(ready, source)
    hooks.registered.call({ kind: 'check', id: ready.check.CheckID, removed: false })
  }

  #readyServiceCheck(service: NodeService, draft: CheckDraft, at: number, count: number, source: Source): ReadyCheck {
    const { runner } = this.#setup
    const { row } = draft
    const type = draftType(draft, (name) => runner.knows(name))
    const asked: HealthCheck = {
      ...HealthCheck.zero(),
      CheckID: row.CheckID || (count > 1 ? `service:${service.ID}:${at + 1}` : `service:${service.ID}`),
      Name: row.Name || `Service '${service.Service}' check`,
      Status: row.Status || 'critical',
      Notes: row.Notes,
      ServiceID: service.ID,
      Type: type ?? '',
    }
    return this.#ready(asked, service, draft, type, source)
  }

  /** Fills in what a check takes from its service and from its earlier self, and asks whoever may refuse it. */
  #ready(
    asked: HealthCheck,
    service: NodeService | undefined,
    draft: CheckDraft | undefined,
    type: string | undefined,
    source: Source,
  ): ReadyCheck {
    const { registrations, hooks, nodeName, runner, outputMaxBytes } = this.#setup
    // A check that is registered again goes on with the status it had: nothing should flap because of it.
    const held = registrations.checks.get(asked.CheckID)?.check
    const filled: HealthCheck = {
      ...asked,
      Node: nodeName,
      ServiceName: service?.Service ?? '',
      ServiceTags: service?.Tags ?? null,
      Status: held?.Status ?? asked.Status,
      Output: held?.Output ?? asked.Output,
    }
    const check = hooks.registering.call({ kind: 'check', check: filled }).check ?? filled
    if (draft === undefined || type === undefined) return { check, draft, definition: undefined }
    this.#refuseScripts(draft, source)
    const identity = {
      id: check.CheckID,
      name: check.Name,
      serviceId: check.ServiceID,
      serviceName: check.ServiceName,
    }
    const definition = runnableDefinition(draft, type, identity, outputMaxBytes)
    if (type !== 'alias') runner.verify(definition)
    return { check, draft, definition }
  }

  #refuseScripts({ row }: CheckDraft, source: Source): void {
    if (!isScript(row)) return
    const { scripts } = this.#setup
    if (source === 'api' && !scripts.api) {
      throw new RegistrationRefusedError(
        "Scripts are disabled on this agent from remote calls; to enable, configure 'enable_script_checks' to true",
      )
    }
    if (source === 'config' && !scripts.config) {
      throw new RegistrationRefusedError(
        "Scripts are disabled on this agent; to enable, configure 'enable_script_checks' or 'enable_local_script_checks' to true",
      )
    }
  }

  #accept({ check, draft, definition }: ReadyCheck, source: Source): void {
    const { registrations, runner, aliases, log } = this.#setup
    const id = check.CheckID
    const wishMs = definition?.deregisterCriticalServiceAfterMs ?? 0
    if (wishMs > 0 && wishMs < deregisterMinMs) {
      log.warn('deregister_critical_service_after is below the minimum and counts as 1m0s', { check: id })
    }
    const deregisterAfterMs = wishMs > 0 ? Math.max(wishMs, deregisterMinMs) : 0
    runner.stop(id)
    aliases.stop(id)
    registrations.putCheck({ check, source, draft, deregisterAfterMs })
    if (definition === undefined) return
    const settled = (outcome: { status: string; output: string }) =>
      registrations.settle(id, outcome.status, outcome.output)
    if (definition.type === 'alias') aliases.start(definition, settled)
    else
      runner.start(
        definition,
        { status: isStatus(check.Status) ? check.Status : 'critical', output: check.Output },
        settled,
      )
  }

  async #removeService(id: string): Promise<void> {
    const { registrations, storage, hooks } = this.#setup
    const checks = registrations.checksOf(id).map(({ check }) => check.CheckID)
    await storage.forgetService(id, checks)
    for (const check of checks) this.#forget(check)
    const known = registrations.services.has(id)
    registrations.removeService(id)
    if (known) hooks.registered.call({ kind: 'service', id, removed: true })
    const sidecar = registrations.services.get(sidecarId(id))
    if (sidecar?.service.LocallyRegisteredAsSidecar) await this.#removeService(sidecarId(id))
  }

  async #drop(id: string): Promise<void> {
    const { registrations, storage, hooks } = this.#setup
    await storage.forgetCheck(id)
    const known = registrations.checks.has(id)
    this.#forget(id)
    if (known) hooks.registered.call({ kind: 'check', id, removed: true })
  }

  #forget(id: string): void {
    const { registrations, runner, aliases } = this.#setup
    runner.stop(id)
    aliases.stop(id)
    registrations.removeCheck(id)
  }

  /** Configuration replaces only what it defined before; nobody ends maintenance but who began it. */
  #othersOf(serviceId: string, kept: readonly ReadyCheck[], source: Source): string[] {
    const ids = new Set(kept.map(({ check }) => check.CheckID))
    return this.#setup.registrations
      .checksOf(serviceId)
      .filter((record) => source === 'api' || record.source === 'config')
      .map(({ check }) => check.CheckID)
      .filter((id) => !ids.has(id) && !isMaintenance(id))
  }
}

/** The id of the proxy that an agent registers beside a service. */
export function sidecarId(serviceId: string): string {
  return `${serviceId}-sidecar-proxy`
}
