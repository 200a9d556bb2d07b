import type { SwimConfig } from './core/config.ts'

/** The timings of a pool that Consul lets operators set (protocol/gossip.md §7). In dev mode nobody waits. */

export const gossipInterval = (pool: string, value: string) =>
  ({
    type: 'duration',
    key: `${pool}.gossip_interval`,
    default: value,
    devDefault: '100ms',
    min: '1ms',
    help: 'How often news is passed on.',
  }) as const

export const gossipNodes = (pool: string) =>
  ({
    type: 'integer',
    key: `${pool}.gossip_nodes`,
    default: 3,
    min: 1,
    help: 'Members that news is passed to each time.',
  }) as const

export const probeInterval = (pool: string, value: string) =>
  ({
    type: 'duration',
    key: `${pool}.probe_interval`,
    default: value,
    devDefault: '100ms',
    min: '1ms',
    help: 'How often one of the members is asked whether it lives.',
  }) as const

export const probeTimeout = (pool: string, value: string) =>
  ({
    type: 'duration',
    key: `${pool}.probe_timeout`,
    default: value,
    devDefault: '100ms',
    min: '1ms',
    help: 'How long its answer may take before others are asked to try.',
  }) as const

export const suspicionMult = (pool: string, value: number) =>
  ({
    type: 'integer',
    key: `${pool}.suspicion_mult`,
    default: value,
    devDefault: 3,
    min: 1,
    help: 'How long a silent member has to protest, in probe intervals; more in pools of more than ten.',
  }) as const

export const retransmitMult = (pool: string) =>
  ({
    type: 'integer',
    key: `${pool}.retransmit_mult`,
    default: 4,
    min: 1,
    help: 'How often each piece of news is sent, times the logarithm of the number of members.',
  }) as const

/** What an operator said of one pool. */
export interface PoolTimings {
  readonly gossipIntervalMs: number
  readonly gossipNodes: number
  readonly probeIntervalMs: number
  readonly probeTimeoutMs: number
  readonly suspicionMult: number
  readonly retransmitMult: number
}

/** The pool's defaults with what the operator said in their place. */
export function timedConfig(defaults: SwimConfig, timings: PoolTimings): SwimConfig {
  return { ...defaults, ...timings }
}
