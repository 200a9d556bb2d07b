import { ProconsulError } from '../../src/kernel/errors.ts'
import type { Logger } from '../../src/kernel/log.ts'
import { Turns } from '../../src/kernel/turns.ts'
import { keyOf } from '../../src/store/keys.ts'
import type { Store } from '../../src/store/store.ts'
import type { Member, MemberChange, MemberStatus, Members } from '../gossip/contract.ts'
import type { Consensus } from '../raft/contract.ts'
import type { GoneNode } from './contract.ts'
import { type Correction, correctAlive, correctFailed, correctGone, type HeldMember } from './reconcile.ts'
import { checks, lookupName, nodes, serfHealth, services } from './tables.ts'

/** How often the leader compares everything, for what single events have missed. */
export const reconcileIntervalMs = 60_000

const alive: MemberStatus = 1
const left: MemberStatus = 3
const failed: MemberStatus = 4

export interface ReconcilerSetup {
  readonly store: Store
  readonly consensus: Consensus
  readonly members: Pick<Members, 'list'>
  /** What has to end before a node goes ends here; the hook `nodeGone`. */
  readonly beforeGone: (node: GoneNode) => Promise<void>
  readonly datacenter: string
  /** This agent's node, which is never removed. */
  readonly self: string
  readonly log: Logger
}

/**
 * One leader's duty to keep the catalog in step with gossip: who is there, and who answers. One thing at a time, so
 * that no decision is taken from a state that the one before is about to change. Writes nothing when nothing differs.
 */
export class Reconciler {
  readonly #setup: ReconcilerSetup
  /** Members that have the id of somebody else, of whom that was said. */
  readonly #impostors = new Set<string>()
  /** Nodes that gossip did not know at the last pass, by their lookup names. */
  #unheardOf: ReadonlySet<string> = new Set()
  readonly #turns = new Turns()

  constructor(setup: ReconcilerSetup) {
    this.#setup = setup
  }

  /**
   * Compares everybody. A node that gossip does not know goes at the second pass that finds it so: servers that were all restarted may
   * have a leader before they have met their clients again, and with a node go its services, its sessions and their locks.
   */
  pass(signal: AbortSignal): Promise<void> {
    return this.#turns.take(signal, async () => {
      const members = this.#setup.members.list()
      for (const member of members) await this.#correct(this.#correctionOf(member), member.name, signal)
      // An agent that does not see even itself has no list to compare with.
      if (!members.some(({ name }) => name === this.#setup.self)) return
      const known = new Set(members.map(({ name }) => lookupName(name)))
      const unheardOf = this.#checkedNodes().filter(({ Node }) => !known.has(lookupName(Node)))
      const before = this.#unheardOf
      this.#unheardOf = new Set(unheardOf.map(({ Node }) => lookupName(Node)))
      for (const { Node } of unheardOf) {
        if (before.has(lookupName(Node))) await this.#correct(this.#gone(Node), Node, signal)
      }
    })
  }

  /** Compares one who changed. */
  change({ kind, member }: MemberChange, signal: AbortSignal): Promise<void> {
    return this.#turns.take(signal, () => {
      const correction = kind === 'reap' ? this.#gone(member.name) : this.#correctionOf(member)
      return this.#correct(correction, member.name, signal)
    })
  }

  #correctionOf(member: Member): Correction | undefined {
    const { datacenter } = this.#setup
    if (member.status === alive) {
      return this.#isImpostor(member) ? undefined : correctAlive(member, this.#held(member.name), datacenter)
    }
    if (member.status === failed) return correctFailed(member, this.#held(member.name), datacenter)
    return member.status === left ? this.#gone(member.name) : undefined
  }

  /**
   * True for a member with the id of another node that is alive under its own name: the data directory of that one was copied.
   * Registering it would rename the other node, with the loss of all that is registered there.
   */
  #isImpostor({ name, tags }: Member): boolean {
    const { store, members, log } = this.#setup
    const id = tags.id ?? ''
    const holder = id === '' ? undefined : store.latest.table(nodes).index('byId').first(lookupName(id))
    const owner =
      holder === undefined || lookupName(holder.Node) === lookupName(name)
        ? undefined
        : members
            .list()
            .find(
              (other) =>
                other.status === alive && other.tags.id === id && lookupName(other.name) === lookupName(holder.Node),
            )
    if (owner === undefined) {
      this.#impostors.delete(name)
      return false
    }
    if (!this.#impostors.has(name)) {
      this.#impostors.add(name)
      log.error(
        'not registering a member with the node ID of another; remove the file node-id from the copied data directory',
        {
          member: name,
          id,
          other: owner.name,
        },
      )
    }
    return true
  }

  #gone(name: string): Correction | undefined {
    if (name === this.#setup.self) return undefined
    return correctGone(name, this.#held(name), this.#setup.datacenter)
  }

  #held(name: string): HeldMember {
    const { latest } = this.#setup.store
    const key = lookupName(name)
    return {
      node: latest.table(nodes).get(key),
      server: latest.table(services).get(keyOf(key, 'consul')),
      health: latest.table(checks).get(keyOf(key, lookupName(serfHealth))),
    }
  }

  /** Nodes that gossip once knew. */
  #checkedNodes() {
    const { latest } = this.#setup.store
    return latest
      .table(nodes)
      .list()
      .filter(({ Node }) => latest.table(checks).has(keyOf(lookupName(Node), lookupName(serfHealth))))
  }

  async #correct(first: Correction | undefined, member: string, signal: AbortSignal): Promise<void> {
    if (first === undefined) return
    const { consensus, log } = this.#setup
    try {
      const correction = first.command === 'Register' ? first : await this.#takeLeave(member, signal)
      if (correction === undefined) return
      log.info(correction.log, { member })
      if (correction.command === 'Register') await consensus.propose('Register', correction.request, signal)
      else await consensus.propose('Deregister', correction.request, signal)
    } catch (error) {
      if (!(error instanceof ProconsulError) || signal.aborted) throw error
      // One name that two nodes claim, or a full queue, must not keep the others out of the catalog.
      log.warn('failed to reconcile member, trying again at the next pass', { member, error: error.message })
    }
  }

  /** What is to be done with a node that went, once nothing stands in the way: that may take a while, and it may be back. */
  async #takeLeave(name: string, signal: AbortSignal): Promise<Correction | undefined> {
    const { beforeGone, members } = this.#setup
    await beforeGone({ name, id: this.#held(name).node?.ID ?? '', signal })
    const now = members.list().find((member) => lookupName(member.name) === lookupName(name))
    return now?.status === alive ? this.#correctionOf(now) : this.#gone(name)
  }
}
