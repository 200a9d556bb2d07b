import { statfs } from 'node:fs/promises'
import type { CheckDefinition, ProbeResult } from '../../plugins/health-checks/contract.ts'
import type { OptionDeclarations } from '../../src/kernel/options.ts'
import type { Plugin } from '../../src/kernel/plugin.ts'

/** Written under `plugins { disk { … } }`: what counts for checks that do not say it themselves. */
const options = {
  warning: { type: 'text', default: '20%', help: 'Checks warn below this share of free space.' },
  critical: { type: 'text', default: '5%', help: 'Checks are critical below this share of free space.' },
} as const satisfies OptionDeclarations

/**
 * Adds the check type `disk`: is there room left on a file system?
 *
 *     check { name = "room"  disk { path = "/var"  critical = "10%" }  interval = "30s" }
 *
 * A whole plugin is a plain object. It takes only types from the agent, so it runs from wherever it lies.
 */
const plugin: Plugin<never, never, never, typeof options> = {
  name: 'disk',
  summary: 'adds the check type "disk": room left on a file system',
  options,
  setup(agent, settings) {
    // One hook for each check type. The tap is asked when a check is registered, and returns what one attempt does. When,
    // how often and for how long is the agent's business.
    agent.hooks.checkType.for('disk').tap('disk', (check) => {
      const wanted = readArguments(check, settings)
      return async () => {
        const { bavail, blocks } = await statfs(wanted.path)
        return judge(wanted, blocks === 0 ? 100 : (bavail / blocks) * 100)
      }
    })
  },
}
export default plugin

export interface DiskCheck {
  readonly path: string
  /** Percent of free space below which the check warns. */
  readonly warning: number
  /** And below which it is critical. */
  readonly critical: number
}

/** What a check finds with so much free space. */
export function judge({ path, warning, critical }: DiskCheck, freePercent: number): ProbeResult {
  const output = `${freePercent.toFixed(1)}% of ${path} is free`
  if (freePercent < critical) return { status: 'critical', output: `${output}, less than ${critical}%` }
  if (freePercent < warning) return { status: 'warning', output: `${output}, less than ${warning}%` }
  return { status: 'passing', output }
}

/** A throw refuses the registration with its message: a mistake shows when the check is written, not when it runs. */
function readArguments(
  { args }: CheckDefinition,
  defaults: { readonly warning: string; readonly critical: string },
): DiskCheck {
  const written = args.disk
  if (typeof written !== 'object' || written === null) throw new Error('disk must be a block such as { path = "/" }')
  const { path = '/', warning = defaults.warning, critical = defaults.critical } = written as Record<string, unknown>
  if (typeof path !== 'string') throw new Error('disk.path must be a string')
  return { path, warning: percent('warning', warning), critical: percent('critical', critical) }
}

function percent(name: string, written: unknown): number {
  const share = /^(\d{1,3}(?:\.\d+)?)%$/.exec(String(written))?.[1]
  if (share === undefined || Number(share) > 100) throw new Error(`disk.${name} must be a share such as "10%"`)
  return Number(share)
}
