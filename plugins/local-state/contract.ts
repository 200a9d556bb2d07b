import type { HealthCheck, NodeService } from '../../src/wire/structs/catalog.ts'

/** A service or a check as this agent is about to accept it. A tap of `registering` may return it changed. */
export interface Registration {
  readonly kind: 'service' | 'check'
  readonly service?: NodeService
  readonly check?: HealthCheck
}

export interface RegistrationChange {
  readonly kind: 'service' | 'check'
  readonly id: string
  readonly removed: boolean
}

/** What is registered on this agent. */
export interface LocalState {
  services(): readonly NodeService[]
  checks(): readonly HealthCheck[]
  /** Resolves when everything registered here is in the catalog as it is here. */
  synced(): Promise<void>
}

declare module '../../src/kernel/services.ts' {
  interface Services {
    localState: LocalState
  }
}

declare module '../../src/kernel/hooks.ts' {
  interface Payloads {
    registration: Registration
    registrationChange: RegistrationChange
  }
}
