import type { Clock } from '../../src/kernel/clock.ts'
import { ProconsulError } from '../../src/kernel/errors.ts'
import type { Hooks } from '../../src/kernel/hooks.ts'
import type { Random } from '../../src/kernel/random.ts'
import type { CheckDefinition, CheckRunner, Probe, ProbeResult } from './contract.ts'
import { CheckDefinitionError, CheckTypeUnknownError, NoTtlCheckError } from './errors.ts'
import { type Running, runProbe } from './scheduler.ts'
import { TtlCheck } from './ttl.ts'

interface CheckEntry {
  readonly running: Running
  readonly type: string
}

/** Every check that runs on this agent, by id. */
export class Checks implements CheckRunner {
  readonly #hooks: Hooks
  readonly #clock: Clock
  readonly #random: Random
  readonly #entries = new Map<string, CheckEntry>()

  constructor(hooks: Hooks, clock: Clock, random: Random) {
    this.#hooks = hooks
    this.#clock = clock
    this.#random = random
  }

  verify(definition: CheckDefinition): void {
    if (definition.type !== 'ttl') this.#probeOf(definition)
    else if (definition.ttlMs <= 0) throw new CheckDefinitionError('TTL must be > 0 for TTL checks')
  }

  knows(type: string): boolean {
    // A look at the map, not `for`: that would keep an entry for every word ever asked for.
    return type === 'ttl' || this.#hooks.checkType.get(type)?.isUsed() === true
  }

  start(definition: CheckDefinition, known: ProbeResult, settled: (outcome: ProbeResult) => void): void {
    const { id, type } = definition
    let before = { status: known.status, output: known.output }
    const tell = ({ status, output }: ProbeResult) => {
      settled({ status, output })
      if (status === before.status && output === before.output) return
      const outcome = { id, status, output, before }
      before = { status, output }
      this.#hooks.checkSettled.call(outcome)
    }
    if (type === 'ttl') {
      this.verify(definition)
      this.stop(id)
      this.#entries.set(id, { type, running: new TtlCheck(definition, this.#clock, tell) })
      return
    }
    const probe = this.#probeOf(definition)
    this.stop(id)
    this.#entries.set(id, { type, running: runProbe(definition, probe, this.#clock, this.#random, tell) })
  }

  stop(id: string): void {
    this.#entries.get(id)?.running.stop()
    this.#entries.delete(id)
  }

  report(id: string, result: ProbeResult): void {
    const running = this.#entries.get(id)?.running
    if (!(running instanceof TtlCheck)) throw new NoTtlCheckError(id)
    running.report(result)
  }

  has(id: string): boolean {
    return this.#entries.has(id)
  }

  /** Stops every check. */
  close(): void {
    for (const id of [...this.#entries.keys()]) this.stop(id)
  }

  #probeOf(definition: CheckDefinition): Probe {
    if (definition.intervalMs <= 0) throw new CheckDefinitionError('Interval must be > 0')
    const probe = this.#ask(definition)
    if (probe === undefined) throw new CheckTypeUnknownError(definition.type)
    return probe
  }

  /** A plugin from outside may not have our errors at hand: whatever it throws refuses the definition. */
  #ask(definition: CheckDefinition): Probe | undefined {
    try {
      return this.#hooks.checkType.get(definition.type)?.call(definition)
    } catch (error) {
      if (error instanceof ProconsulError) throw error
      throw new CheckDefinitionError(error instanceof Error ? error.message : String(error), { cause: error })
    }
  }
}
