import type { Logger } from '../../src/kernel/log.ts'
import type { Members, UserEvent } from '../gossip/contract.ts'

/** By this event of gossip everybody learns who leads, agents too that have not asked a server lately. */
const newLeader = 'consul:new-leader'

/** Says that the server of this name leads from now on (protocol/gossip.md §11.4). */
export function tellNewLeader(members: Members, name: string): void {
  members.userEvent(newLeader, Buffer.from(name), false)
}

/** Agents of Consul log it in these words. */
export function hearNewLeader({ name, payload }: UserEvent, log: Logger): void {
  if (name === newLeader) log.info('New leader elected', { payload: payload.toString('utf8') })
}
