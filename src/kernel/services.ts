import { ProconsulError } from './errors.ts'

/**
 * What plugins offer one another: a name and a type. Whoever provides a service adds its line here from its own
 * `contract.ts`:
 *
 *     declare module '../../src/kernel/services.ts' { interface Services { consensus: Consensus } }
 *
 * Services are named for what they do, so that another plugin can do it instead.
 */
// biome-ignore lint/suspicious/noEmptyInterface: open on purpose, plugins merge their services in
export interface Services {}

export type ServiceName = keyof Services & string

/** Two plugins offer the same service; one has to be switched off. */
export class ServiceTakenError extends ProconsulError {
  override readonly code = 'service_taken'

  constructor(name: string, earlier: string, later: string) {
    super(`plugins "${earlier}" and "${later}" both provide the service "${name}"; switch one of them off`)
  }
}

/** A plugin asked for a service it did not declare, or before its provider had set it up. */
export class ServiceUnknownError extends ProconsulError {
  override readonly code = 'service_unknown'
}

/** Holds what has been provided. One per agent; plugins see it through their context, typed by what they declared. */
export class ServiceRegistry {
  readonly #held = new Map<string, { readonly by: string; readonly service: unknown }>()

  provide(name: string, service: unknown, by: string): void {
    const earlier = this.#held.get(name)
    if (earlier) throw new ServiceTakenError(name, earlier.by, by)
    this.#held.set(name, { by, service })
  }

  /** The service, or undefined when nobody has provided it. */
  find(name: string): unknown {
    return this.#held.get(name)?.service
  }

  /** Name of the plugin that provides a service. */
  providerOf(name: string): string | undefined {
    return this.#held.get(name)?.by
  }
}
