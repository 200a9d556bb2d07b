import { parseDuration } from '../../src/kernel/duration.ts'
import { ConfigError } from '../../src/kernel/errors.ts'

/** Seconds for which resolvers may keep the answer for a service. */
export type ServiceTtl = (service: string) => number

/**
 * `dns_config.service_ttl`: exact names, and prefixes that end with `*`. An exact name wins over every prefix, a longer
 * prefix over a shorter one, and what none fits has 0. Throws a ConfigError for a value that is no duration.
 */
export function readServiceTtl(map: Readonly<Record<string, string>>): ServiceTtl {
  const exact = new Map<string, number>()
  const prefixes: { readonly prefix: string; readonly seconds: number }[] = []
  for (const [pattern, text] of Object.entries(map)) {
    const durationMs = parseDuration(text)
    if (durationMs === undefined || durationMs < 0) {
      throw new ConfigError(
        `dns_config.service_ttl: "${text}" of "${pattern}" is no duration; write one like "10s" or "1m30s"`,
      )
    }
    const seconds = ttlSeconds(durationMs)
    const name = pattern.toLowerCase()
    if (name.endsWith('*')) prefixes.push({ prefix: name.slice(0, -1), seconds })
    else exact.set(name, seconds)
  }
  prefixes.sort((a, b) => b.prefix.length - a.prefix.length)
  return (service) => {
    const name = service.toLowerCase()
    return exact.get(name) ?? prefixes.find(({ prefix }) => name.startsWith(prefix))?.seconds ?? 0
  }
}

/** Whole seconds, rounded down as Consul does; at most what RFC 2181 §8 allows. */
export function ttlSeconds(durationMs: number): number {
  return Math.min(Math.floor(durationMs / 1000), 2 ** 31 - 1)
}
