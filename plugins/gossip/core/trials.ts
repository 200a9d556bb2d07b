import type { Deadline } from './deadlines.ts'
import type { Shared } from './shared.ts'
import { Suspicion } from './suspicion.ts'

interface Trial {
  readonly suspicion: Suspicion
  deadline: Deadline
}

/** The suspects, and when the time of each to protest is over. */
export class Trials {
  readonly #shared: Shared
  readonly #condemn: (node: string, confirmations: number, now: number) => void
  readonly #trials = new Map<string, Trial>()

  /** `condemn` is called when a suspect has not been acquitted in time; it has to `end` the trial. */
  constructor(shared: Shared, condemn: (node: string, confirmations: number, now: number) => void) {
    this.#shared = shared
    this.#condemn = condemn
  }

  isOpen(node: string): boolean {
    return this.#trials.has(node)
  }

  open(node: string, accuser: string, now: number): void {
    const { config, table } = this.#shared
    const suspicion = new Suspicion(config, table.size, accuser, now)
    this.#trials.set(node, { suspicion, deadline: this.#deadlineOf(node, suspicion) })
  }

  /** Another accuses the same suspect, which shortens its time. False when that is nothing new. */
  confirm(node: string, accuser: string): boolean {
    const trial = this.#trials.get(node)
    if (!trial?.suspicion.confirm(accuser)) return false
    trial.deadline.cancelled = true
    trial.deadline = this.#deadlineOf(node, trial.suspicion)
    return true
  }

  end(node: string): void {
    const trial = this.#trials.get(node)
    if (!trial) return
    trial.deadline.cancelled = true
    this.#trials.delete(node)
  }

  #deadlineOf(node: string, suspicion: Suspicion): Deadline {
    return this.#shared.deadlines.add(suspicion.deadlineAtMs(), (now) =>
      this.#condemn(node, suspicion.confirmations, now),
    )
  }
}
