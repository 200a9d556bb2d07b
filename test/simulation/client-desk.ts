import { type Entry, entryType } from '../../plugins/raft/core/messages.ts'
import type { PromptOutput, RaftCore } from '../../plugins/raft/core/raft-core.ts'
import type { SafetyChecker } from './checkers/safety.ts'
import type { ClientPort, Found, Outcome } from './client-port.ts'
import type { Machine } from './machine.ts'
import { PendingRequests } from './pending-requests.ts'
import type { SimulatedProcess } from './process.ts'
import type { ServerClock } from './server-clock.ts'

/** What the desk needs of the server it stands in. */
export interface DeskServer {
  readonly id: string
  readonly up: boolean
  readonly core: RaftCore | undefined
  readonly appliedIndex: number
  readonly machine: Machine
  readonly clock: ServerClock
  readonly process: SimulatedProcess
  /** It cannot write. */
  readonly stalled: boolean
  /** It may read by lease. */
  readonly readsAlone: boolean
  note(what: () => string): void
  observe(): void
  wake(): void
}

export interface DeskSetup {
  readonly safety: SafetyChecker
  readonly counts: { reads: number; leasedReads: number }
}

/** Where clients ask a server for something, and wait for the answer. */
export class ClientDesk implements ClientPort {
  readonly #server: DeskServer
  readonly #setup: DeskSetup
  readonly #pending = new PendingRequests()

  constructor(server: DeskServer, setup: DeskSetup) {
    this.#server = server
    this.#setup = setup
  }

  get leader(): string | undefined {
    return this.#server.core?.leader
  }

  write(data: Buffer, done: (outcome: Outcome<unknown>) => void): void {
    const { up, clock, process } = this.#server
    if (!up) return
    const draft = { type: entryType.command, data, extensions: null, appendedAtMs: clock.wallMs() }
    process.now(() => this.propose((core) => core.propose(draft), done))
  }

  read(key: string, by: 'round' | 'lease', done: (outcome: Outcome<Found>) => void): void {
    const server = this.#server
    if (!server.up) return
    server.process.now(() => {
      if (server.stalled) done({ kind: 'refused', reason: 'stalled' })
      else if (by === 'lease' && server.readsAlone) {
        this.#setup.counts.leasedReads++
        this.#setup.safety.readAlone(server.id, server.core!.term)
        done({ kind: 'done', result: server.machine.read(key) })
      } else this.#readByRound(key, done)
    })
  }

  /** Has the core make an entry, whose fate `done` is told. */
  propose(propose: (core: RaftCore) => Entry, done: (outcome: Outcome<unknown>) => void): void {
    const server = this.#server
    if (server.stalled) {
      done({ kind: 'refused', reason: 'stalled' })
      return
    }
    let entry: Entry | undefined
    const refusal = refusalOf(() => {
      entry = propose(server.core!)
    })
    if (entry === undefined) {
      done({ kind: 'refused', reason: refusal! })
      return
    }
    const { index, term } = entry
    server.note(() => `proposes entry ${index} of term ${term}`)
    this.#pending.proposed(index, term, done)
    server.observe()
    server.wake()
  }

  /** The entry at `index` is applied. Returns whether it was the one that a client here proposed. */
  applied(index: number, term: number, result: unknown): boolean {
    return this.#pending.applied(index, term, result)
  }

  /** The core says which reads may be answered, and which never will be. */
  readsSettled({ failedReads, confirmedReads }: PromptOutput): void {
    for (const token of failedReads) this.#pending.readFailed(token)
    for (const { token, index } of confirmedReads) this.#pending.readConfirmed(token, index)
    this.answerReads()
  }

  /** Answers the reads for which enough is applied. */
  answerReads(): void {
    const { appliedIndex, machine } = this.#server
    this.#setup.counts.reads += this.#pending.answerReads(appliedIndex, (key) => machine.read(key))
  }

  /** The server does not lead any more. */
  abandonWrites(): void {
    this.#pending.abandonWrites()
  }

  /** The process ended, and nobody gets an answer. */
  forget(): void {
    this.#pending.forget()
  }

  #readByRound(key: string, done: (outcome: Outcome<Found>) => void): void {
    const token = this.#pending.newToken()
    const refusal = refusalOf(() => this.#server.core!.requestRead(token))
    if (refusal === undefined) {
      this.#pending.asked(token, { key, done })
      this.#server.wake()
    } else done({ kind: 'refused', reason: refusal })
  }
}

/** Why a request was refused, if it was. A broken invariant does not pass for that. */
export function refusalOf(request: () => void): string | undefined {
  try {
    request()
    return undefined
  } catch (error) {
    if (!('code' in (error as Error))) throw error
    return (error as Error).message
  }
}
