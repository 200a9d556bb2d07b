import type { KnowsType } from './check-definition.ts'
import { type Defined, type DefinitionOptions, definitionError, readDefinitions } from './from-config.ts'
import type { Registrar } from './registrar.ts'
import type { Registrations } from './registrations.ts'
import { validateDrafts } from './service-definition.ts'
import { type PortRange, splitSidecar } from './sidecar.ts'

export interface ConfiguredSetup {
  readonly registrations: Registrations
  readonly registrar: Registrar
  readonly knows: KnowsType
  readonly sidecarPorts: PortRange
}

/** Keeps what the configuration defines registered: at start, and again at each reload. */
export class ConfiguredDefinitions {
  readonly #setup: ConfiguredSetup

  constructor(setup: ConfiguredSetup) {
    this.#setup = setup
  }

  /**
   * Registers what the configuration defines and removes what it defined before. Nothing is changed when a definition
   * cannot be read; throws a DefinitionError that names file and line.
   */
  async apply(options: DefinitionOptions): Promise<void> {
    const { registrations, registrar, knows } = this.#setup
    const { services, checks } = readDefinitions(options, knows)
    const wanted = new Set(services.map(({ request }) => request.service.ID))
    const wantedChecks = new Set(checks.map(({ request: { definition } }) => definition.CheckID || definition.Name))

    for (const [id, { source, service }] of registrations.services) {
      const belongs = service.LocallyRegisteredAsSidecar || wanted.has(id)
      if (source === 'config' && !belongs) await registrar.deregisterService(id)
    }
    for (const [id, { source, check }] of registrations.checks) {
      if (source === 'config' && check.ServiceID === '' && !wantedChecks.has(id)) await registrar.deregisterCheck(id)
    }
    for (const defined of services) await this.#attempt(defined, () => this.#register(defined.request))
    for (const defined of checks) {
      await this.#attempt(defined, () => registrar.registerCheck(defined.request, { source: 'config' }))
    }
  }

  async #register(request: Parameters<Registrar['registerService']>[0]): Promise<void> {
    const { registrations, registrar, knows, sidecarPorts } = this.#setup
    const others = [...registrations.services.values()].map(({ service }) => service)
    const { main, sidecar } = splitSidecar(request, others, sidecarPorts)
    await registrar.registerService(main, { source: 'config' }, true)
    if (sidecar === undefined) return
    validateDrafts(sidecar.checks, knows, 'Invalid check in sidecar_service: ')
    await registrar.registerService(sidecar, { source: 'config' }, true)
  }

  async #attempt(defined: Defined<unknown>, register: () => Promise<void>): Promise<void> {
    try {
      await register()
    } catch (error) {
      throw definitionError(defined, error)
    }
  }
}
