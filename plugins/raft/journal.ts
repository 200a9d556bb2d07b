import type { Logger } from '../../src/kernel/log.ts'
import type { Server } from './contract.ts'
import type { CoreEvent } from './core/state.ts'

/** Who this server is, in the words of the log. */
export interface JournalContext {
  readonly address: string
  /** Address of a server by its id; the id itself when it is unknown. */
  addressOf(id: string): string
}

/** Writes the milestones operators look for, in the words Consul's log has for them. */
export class Journal {
  readonly #log: Logger
  readonly #context: JournalContext

  constructor(log: Logger, context: JournalContext) {
    this.#log = log
    this.#context = context
  }

  /** The membership that was found on disk, or begun with. */
  configuration(index: number, servers: readonly Server[]): void {
    const shown = servers.map(({ id, address, suffrage }) => {
      const word = { voter: 'Voter', nonvoter: 'Nonvoter', staging: 'Staging' }[suffrage]
      return `{Suffrage:${word} ID:${id} Address:${address}}`
    })
    this.#log.info('initial configuration', { index, servers: `[${shown.join(' ')}]` })
  }

  event(event: CoreEvent): void {
    const { addressOf, address } = this.#context
    switch (event.kind) {
      case 'role':
        this.#role(event)
        break
      case 'silence': {
        const lastLeader = event.lastLeader === undefined ? '' : addressOf(event.lastLeader)
        this.#log.warn('heartbeat timeout reached, starting election', { 'last-leader': lastLeader })
        break
      }
      case 'vote':
        this.#log.debug('vote granted', {
          from: event.from,
          term: event.term,
          tally: event.tally,
          needed: event.needed,
        })
        break
      case 'won':
        this.#log.info('election won', { tally: event.tally })
        break
      case 'leaseLost':
        this.#log.warn('failed to contact quorum of nodes, stepping down', { term: event.term })
        break
      case 'removed':
        this.#log.info('removed ourself, transitioning to follower', { address })
        break
      case 'transferFailed':
        this.#log.warn('leadership transfer timed out', { target: addressOf(event.target) })
        break
      case 'logLost':
        this.#log.error(
          'a server lacks log entries that it had stored: its data directory was emptied or set back; it gets them again, ' +
            'but give it a new node ID the next time, for its old vote could have been missing',
          { peer: addressOf(event.peer), stored: event.stored, 'last-index': event.lastIndex },
        )
        break
    }
  }

  /** This server leads and everything earlier is applied. That it does the plugin `events` tells everybody, this agent too. */
  leads(): void {
    this.#log.info('cluster leadership acquired')
  }

  #role({ role, term, leader }: Extract<CoreEvent, { kind: 'role' }>): void {
    const { address, addressOf } = this.#context
    const node = (state: string) => `Node at ${address} [${state}]`
    if (role === 'leader') this.#log.info('entering leader state', { leader: node('Leader') })
    else if (role === 'candidate') this.#log.info('entering candidate state', { node: node('Candidate'), term })
    else if (role === 'preCandidate') this.#log.debug('asking for pre-votes', { node: node('Candidate'), term })
    else {
      const known = leader === undefined ? '' : addressOf(leader)
      this.#log.info('entering follower state', { follower: node('Follower'), leader: known })
    }
  }
}
