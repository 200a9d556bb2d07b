import { votersOf } from '../../../plugins/raft/core/configuration.ts'
import { type Entry, entryType, type HardState, type Message } from '../../../plugins/raft/core/messages.ts'
import type { RaftCore } from '../../../plugins/raft/core/raft-core.ts'
import type { SimulatedDisk } from '../disk.ts'

/** One of the promises of consensus was broken. */
export class SafetyViolation extends Error {
  override get name(): string {
    return 'SafetyViolation'
  }
}

function must(holds: boolean, broken: () => string): void {
  if (!holds) throw new SafetyViolation(broken())
}

/** What the checker looks at of one server. */
export interface Observed {
  readonly id: string
  readonly disk: SimulatedDisk
  readonly core: Pick<RaftCore, 'role' | 'term' | 'commitIndex' | 'log' | 'configuration'> | undefined
  /** Would it answer a read by its lease now? */
  readonly readsAlone: boolean
}

interface Known {
  readonly entry: Entry
  /** Undefined as long as nobody who logs it still knew. */
  prevTerm: number | undefined
}

/** What was committed at one index, and what the first server to apply it answered. */
interface Committed {
  readonly term: number
  /** Term of the leader that committed it: every leader after that one has the entry. */
  readonly inTerm: number
  readonly by: string
  entry?: Entry
  result?: string
}

/**
 * Knows everything that ever happened in a cluster, as no server can, and holds each new step against it: the five properties of
 * figure 3 of the Raft paper, and that what a client was told stays true.
 */
export class SafetyChecker {
  readonly #leaders = new Map<number, string>()
  /** Entries by term, then index: made once, by the leader of the term, behind one certain entry. */
  readonly #made = new Map<number, Map<number, Known>>()
  readonly #committed: (Committed | undefined)[] = []
  readonly #servers: () => Iterable<Observed>
  /** The latest term that each server spoke in, and whom it voted for last. */
  readonly #spoken = new Map<string, number>()
  readonly #ballots = new Map<string, HardState>()
  /** Of leaders, to see that they only ever append. */
  readonly #ends = new Map<string, { readonly term: number; readonly lastIndex: number }>()
  /** How many entries were committed. */
  committedCount = 0
  /** All clocks keep to the bound on which reads by lease rest. */
  clocksHold = true
  lastCommitted = 0

  /** `servers` are all there are, also those that are down. */
  constructor(servers: () => Iterable<Observed>) {
    this.#servers = servers
  }

  /** Looks at a server after one of its steps. */
  observe(server: Observed): void {
    const { id, core } = server
    if (core === undefined) return
    const spoken = this.#spoken.get(id) ?? 0
    must(core.term >= spoken, () => `${id} goes back to term ${core.term} after it spoke in term ${spoken}`)
    if (core.role === 'leader') this.#observeLeader(server, core)
    else this.#ends.delete(id)
    if (core.commitIndex > this.lastCommitted) this.#observeCommit(server, core)
  }

  /**
   * Entries enter a log. An index and a term name one entry with one past, in all logs: by induction the logs are the same up to
   * any entry they share (Log Matching).
   */
  logged(id: string, entries: readonly Entry[], prevTerm: number | undefined): void {
    let before = prevTerm
    for (const entry of entries) {
      const known = this.#known(entry.term, entry.index)
      if (known === undefined) this.#note(entry, before)
      else {
        must(isSame(known.entry, entry), () => `${id} logs another entry ${nameOf(entry)} than was made`)
        known.prevTerm ??= before
        must(
          before === undefined || before === known.prevTerm,
          () => `${id} logs ${nameOf(entry)} behind term ${before}, others behind term ${known.prevTerm}`,
        )
      }
      const committed = this.#committed[entry.index]
      must(
        committed === undefined || committed.term === entry.term || entry.term <= committed.inTerm,
        () => `${id} logs ${nameOf(entry)} where an entry of term ${committed?.term} was committed`,
      )
      before = entry.term
    }
  }

  /** A server speaks in a term, so it may never forget that term. A pre-vote only asks about one. */
  said(message: Message): void {
    if (message.type === 'preVote') return
    if (message.term > (this.#spoken.get(message.from) ?? 0)) this.#spoken.set(message.from, message.term)
  }

  /** A ballot is durable. A vote once given in a term stays. */
  cast(id: string, ballot: HardState): void {
    const before = this.#ballots.get(id)
    this.#ballots.set(id, ballot)
    if (before === undefined) return
    must(ballot.term >= before.term, () => `${id} remembers term ${ballot.term} after term ${before.term}`)
    const kept = ballot.term > before.term || before.votedFor === undefined || before.votedFor === ballot.votedFor
    must(kept, () => `${id} votes for ${ballot.votedFor} after ${before.votedFor} in term ${ballot.term}`)
  }

  /** A server applies an entry; `result` is what its state answered and now holds. */
  applied(id: string, entry: Entry, result: string): void {
    const committed = this.#committed[entry.index]
    must(committed !== undefined, () => `${id} applies ${nameOf(entry)}, which is not committed`)
    const known = committed!
    must(
      known.term === entry.term,
      () => `${id} applies ${nameOf(entry)}, ${known.by} committed an entry of term ${known.term} there`,
    )
    if (known.entry === undefined) {
      known.entry = entry
      known.result = result
      return
    }
    must(isSame(known.entry, entry), () => `${id} applies another entry ${nameOf(entry)} than others`)
    must(known.result === result, () => `${id} applies ${nameOf(entry)} to ${result}, others to ${known.result}`)
  }

  /** A server won an election: no leader before it may go on reading alone. */
  elected(id: string, term: number): void {
    if (!this.clocksHold) return
    for (const other of this.#servers()) {
      const alone = other.id !== id && other.core !== undefined && other.core.term < term && other.readsAlone
      must(
        !alone,
        () => `${id} is elected in term ${term} while ${other.id} reads by its lease of term ${other.core?.term}`,
      )
    }
  }

  /** A server answers a read by its lease in `term`. */
  readAlone(id: string, term: number): void {
    for (const { id: other, core } of this.#servers()) {
      const newer = core?.role === 'leader' && core.term > term
      must(!newer, () => `${id} reads by its lease of term ${term}, and ${other} leads term ${core?.term}`)
    }
  }

  /** A client was told that its command is done. */
  acknowledged(index: number, term: number): void {
    must(
      this.#committed[index]?.term === term,
      () => `a client was told that entry ${index} of term ${term} is done, which is not committed`,
    )
  }

  /** Is there an entry of that term at that index, for all time? */
  isCommitted(index: number, term: number): boolean {
    return this.#committed[index]?.term === term
  }

  #observeLeader(server: Observed, core: NonNullable<Observed['core']>): void {
    const { id } = server
    const { term, log } = core
    const earlier = this.#leaders.get(term)
    must(earlier === undefined || earlier === id, () => `${earlier} and ${id} both lead term ${term}`)
    const end = this.#ends.get(id)
    if (earlier === undefined) {
      this.#leaders.set(term, id)
      this.#holdsCommitted(server, core)
    }
    if (end?.term === term) {
      must(log.lastIndex >= end.lastIndex, () => `${id} leads term ${term} and drops entries of its own`)
      if (end.lastIndex === log.lastIndex) return
    }
    this.#ends.set(id, { term, lastIndex: log.lastIndex })
  }

  /** Leader Completeness: who wins an election has all that was committed before. */
  #holdsCommitted({ id }: Observed, { term, log }: NonNullable<Observed['core']>): void {
    for (let index = log.snapshotIndex + 1; index <= this.lastCommitted; index++) {
      const known = this.#committed[index]
      must(
        known === undefined || known.inTerm >= term || log.termAt(index) === known.term,
        () => `${id} leads term ${term} without entry ${index} of term ${known?.term}, which ${known?.by} committed`,
      )
    }
  }

  /** The commit index moved: what it covers must be durable on a majority of the membership that its leader goes by. */
  #observeCommit(server: Observed, core: NonNullable<Observed['core']>): void {
    const { log, commitIndex } = core
    for (let index = this.lastCommitted + 1; index <= commitIndex; index++) {
      const term = log.termAt(index)
      if (term === undefined) continue
      this.#committed[index] = { term, inTerm: core.term, by: server.id }
      this.committedCount++
    }
    this.lastCommitted = commitIndex
    if (core.role !== 'leader') return
    const voters = new Set(votersOf(core.configuration.servers))
    const term = log.termAt(commitIndex)!
    let copies = 0
    for (const { id, disk } of this.#servers()) if (voters.has(id) && disk.holds(commitIndex, term)) copies++
    must(
      2 * copies > voters.size,
      () => `${server.id} commits entry ${commitIndex} with ${copies} copies among ${voters.size} voters`,
    )
  }

  #known(term: number, index: number): Known | undefined {
    return this.#made.get(term)?.get(index)
  }

  #note(entry: Entry, prevTerm: number | undefined): void {
    const ofTerm = this.#made.get(entry.term) ?? new Map<number, Known>()
    this.#made.set(entry.term, ofTerm.set(entry.index, { entry, prevTerm }))
  }
}

function isSame(one: Entry, other: Entry): boolean {
  if (one === other) return true
  const sameData = one.data === other.data || (one.data !== null && other.data !== null && one.data.equals(other.data))
  return sameData && one.type === other.type && one.term === other.term && one.index === other.index
}

function nameOf({ index, term, type }: Entry): string {
  const kind = Object.entries(entryType).find(([, number]) => number === type)?.[0]
  return `${kind} ${index} of term ${term}`
}
