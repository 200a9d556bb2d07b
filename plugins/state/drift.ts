import type { Logger } from '../../src/kernel/log.ts'
import { readServerMember, replicatesOther } from '../../src/rules/server-member.ts'
import type { Member } from '../gossip/contract.ts'

const alive = 1

export interface DriftSetup {
  readonly datacenter: string
  readonly fingerprint: string
  readonly log: Logger
}

/** Says of each server of the datacenter that replicates other things than this one that it does, once for each of its starts. */
export class DriftWatch {
  readonly #setup: DriftSetup
  readonly #said = new Map<string, string>()

  constructor(setup: DriftSetup) {
    this.#setup = setup
  }

  /** A member came, changed or went. */
  heed({ name, tags, status }: Member): void {
    const { datacenter, fingerprint, log } = this.#setup
    const server = status === alive ? readServerMember(name, tags) : undefined
    const theirs = server?.datacenter === datacenter ? server.fingerprint : undefined
    if (theirs === undefined || theirs === fingerprint) {
      this.#said.delete(name)
      return
    }
    if (this.#said.get(name) === theirs) return
    this.#said.set(name, theirs)
    log.error(`a server ${replicatesOther(theirs, fingerprint)}`, { member: name })
  }
}
