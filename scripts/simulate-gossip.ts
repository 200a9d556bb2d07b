import { parseArgs } from 'node:util'
import { scenarios } from '../test/simulation/gossip/scenarios/catalog.ts'

/**
 * Runs simulated gossip pools and prints what they showed (docs/gossip.md); times are milliseconds of the simulation:
 *
 *     npm run simulate:gossip -- --nodes 1000 --seed 1 --scenario failure --trials 5
 *     npm run simulate:gossip -- --nodes 200 --loss 0.1 --scenario 'loss, UDP only'
 *     npm run simulate:gossip -- --serf                  all scenarios, in pools of 100, with serf on top
 */
const { values } = parseArgs({
  options: {
    nodes: { type: 'string', default: '100' },
    seed: { type: 'string', default: '1' },
    loss: { type: 'string', default: '0' },
    trials: { type: 'string', default: '3' },
    minutes: { type: 'string', default: '5' },
    serf: { type: 'boolean', default: false },
    scenario: { type: 'string', multiple: true, default: Object.keys(scenarios) },
  },
})

const options = {
  nodes: numberOf('nodes'),
  seed: numberOf('seed'),
  loss: numberOf('loss'),
  trials: numberOf('trials'),
  minutes: numberOf('minutes'),
  serf: values.serf,
}

for (const name of values.scenario) {
  const scenario = scenarios[name]
  if (!scenario) throw new Error(`no scenario "${name}"; there are: ${Object.keys(scenarios).join(' · ')}`)
  const startedAtMs = performance.now()
  const figures = await scenario(options)
  const tookMs = Math.round(performance.now() - startedAtMs)
  console.log(
    `\n${name} (${options.nodes} nodes, seed ${options.seed}, loss ${options.loss}; ${tookMs} ms to simulate)`,
  )
  for (const [what, figure] of Object.entries(figures)) console.log(`  ${what.padEnd(52)}${shown(figure).padStart(12)}`)
}

function shown(figure: number): string {
  if (Number.isNaN(figure)) return 'never'
  return figure.toFixed(Math.abs(figure) >= 100 || Number.isInteger(figure) ? 0 : 2)
}

function numberOf(option: 'nodes' | 'seed' | 'loss' | 'trials' | 'minutes'): number {
  const number = Number(values[option])
  if (Number.isFinite(number) && number >= 0) return number
  throw new Error(`--${option} takes a number, not "${values[option]}"`)
}
