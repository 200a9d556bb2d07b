import { machineInterfaces } from '../../src/config/listen-addresses.ts'
import type { OptionValues } from '../../src/kernel/options.ts'
import type { options } from './options.ts'
import type { RecursorSettings } from './recursor.ts'
import { parseRecursors } from './recursor-address.ts'
import { readServiceTtl, type ServiceTtl, ttlSeconds } from './service-ttl.ts'
import { parseZone, type Zone } from './zone.ts'

/** Consul never sends more than this many records to a UDP client without EDNS, whatever the setting. */
const mostUdpAnswers = 8

/** The options in the form in which questions are answered. */
export interface DnsSettings extends RecursorSettings {
  /** The domain, then the alternative domain when there is one. */
  readonly zones: readonly [Zone, ...Zone[]]
  readonly nodeTtlSeconds: number
  readonly serviceTtl: ServiceTtl
  readonly onlyPassing: boolean
  readonly enableTruncate: boolean
  readonly udpAnswerLimit: number
  /** 0 is no limit. */
  readonly aRecordLimit: number
  readonly nodeMetaTxt: boolean
  readonly soa: {
    readonly refreshSeconds: number
    readonly retrySeconds: number
    readonly expireSeconds: number
    readonly minTtlSeconds: number
  }
  readonly compress: boolean
  readonly allowStale: boolean
  readonly maxStaleMs: number
}

/** Throws a ConfigError for what the declarations alone cannot refuse. */
export function readSettings(values: OptionValues<typeof options>): DnsSettings {
  const domain = parseZone(values.domain, 'domain')
  const altDomain = values.altDomain === '' ? undefined : parseZone(values.altDomain, 'alt_domain')
  return {
    zones: altDomain ? [domain, altDomain] : [domain],
    nodeTtlSeconds: ttlSeconds(values.nodeTtl),
    serviceTtl: readServiceTtl(values.serviceTtl),
    onlyPassing: values.onlyPassing,
    enableTruncate: values.enableTruncate,
    udpAnswerLimit: Math.min(values.udpAnswerLimit, mostUdpAnswers),
    aRecordLimit: values.aRecordLimit,
    nodeMetaTxt: values.nodeMetaTxt,
    soa: {
      refreshSeconds: values.soaRefresh,
      retrySeconds: values.soaRetry,
      expireSeconds: values.soaExpire,
      minTtlSeconds: values.soaMinTtl,
    },
    compress: !values.disableCompression,
    recursors: parseRecursors(values.recursors, machineInterfaces()),
    recursorStrategy: values.recursorStrategy,
    recursorTimeoutMs: values.recursorTimeout,
    allowStale: values.allowStale,
    maxStaleMs: values.maxStale,
  }
}
