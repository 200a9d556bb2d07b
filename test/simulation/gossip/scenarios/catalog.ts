import type { Scenario } from '../figures.ts'
import { loss } from './loss.ts'
import { partition } from './partition.ts'
import { restart } from './restart.ts'
import { slow, withoutLifeguard } from './slow.ts'
import { event, failure, join, leave } from './spread.ts'

const udpOnly = { tcpPings: false }
const awarenessOff = { awarenessMax: 1 }
const fixedSuspicion = { suspicionMaxTimeoutMult: 1 }

/** What can be asked for by name: `npm run simulate:gossip -- --scenario NAME`. */
export const scenarios: Readonly<Record<string, Scenario>> = {
  join,
  leave,
  event,
  failure,
  loss,
  'loss, UDP only': (options) => loss({ ...options, config: udpOnly }),
  'loss, UDP only, without Lifeguard': (options) => loss({ ...options, config: { ...udpOnly, ...withoutLifeguard } }),
  'partition of 20 s': (options) => partition({ ...options, splitMs: 20_000 }),
  'partition of 2 min': (options) => partition({ ...options, splitMs: 120_000 }),
  'partition of 10 min': (options) => partition({ ...options, splitMs: 600_000 }),
  'restart at once': (options) => restart({ ...options, moves: false }),
  'restart at once, elsewhere': (options) => restart(options),
  'restart after 2 min, elsewhere': (options) => restart({ ...options, pauseMs: 120_000 }),
  'restart after a farewell, elsewhere': (options) => restart({ ...options, leaves: true }),
  slow,
  'slow, without awareness': (options) => slow({ ...options, config: awarenessOff }),
  'slow, with fixed suspicion': (options) => slow({ ...options, config: fixedSuspicion }),
  'slow, without Lifeguard': (options) => slow({ ...options, config: withoutLifeguard }),
}
