import type { Series } from './aggregate.ts'

export interface Naming {
  /** In front of every name; empty for none. */
  readonly prefix: string
  /** In front of the names of gauges, as in Consul; empty for none. */
  readonly hostname: string
}

/** A figure's whole name. Gauges carry the host, because they cannot be added up over hosts. */
export function fullName({ kind, name }: Series, { prefix, hostname }: Naming): string {
  return [prefix, kind === 'gauge' ? hostname : '', name].filter((part) => part !== '').join('.')
}
