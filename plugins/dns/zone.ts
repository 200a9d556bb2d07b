import { ConfigError } from '../../src/kernel/errors.ts'

/** A domain this agent answers for. */
export interface Zone {
  /** Lower case, without a dot at the end: `consul`, `my.zone`, or empty for the root. */
  readonly name: string
  /** The same, label by label. */
  readonly labels: readonly string[]
}

/** A domain as an operator writes it. Throws a ConfigError that names the key when it cannot be one. */
export function parseZone(text: string, key: string): Zone {
  const name = text.toLowerCase().replace(/\.$/, '')
  const labels = name === '' ? [] : name.split('.')
  const wrong = labels.find((label) => !/^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/.test(label))
  if (wrong !== undefined || name.length > 200) {
    throw new ConfigError(
      `${key}: "${text}" is no domain; use labels of up to 63 letters, digits and hyphens with dots between`,
    )
  }
  return { name, labels }
}

/** `web1.node.dc1` and the zone `consul` make `web1.node.dc1.consul`. */
export function inZone(name: string, zone: Zone): string {
  return zone.name === '' ? name : `${name}.${zone.name}`
}
