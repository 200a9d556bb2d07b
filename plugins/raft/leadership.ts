import type { Leadership, Role } from './contract.ts'

/** Tells of each change of role, term or leader once, and ends the signal of what was before. */
export class LeadershipNotice {
  readonly #tell: (change: Leadership) => void
  #current: Leadership | undefined
  #abort = new AbortController()

  constructor(tell: (change: Leadership) => void) {
    this.#tell = tell
  }

  change(role: Role, leader: Leadership['leader'], term: number): void {
    const before = this.#current
    if (before?.role === role && before.term === term && before.leader?.id === leader?.id) return
    this.#abort.abort(new Error(`the ${before?.role ?? 'first'} state of term ${before?.term ?? 0} ended`))
    this.#abort = new AbortController()
    this.#current = {
      role,
      leader: leader && { id: leader.id, address: leader.address },
      term,
      signal: this.#abort.signal,
    }
    this.#tell(this.#current)
  }
}
