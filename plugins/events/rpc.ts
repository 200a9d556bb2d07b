import { method } from '../../src/rpc/method.ts'
import { EventFireRequest, EventFireResponse } from '../../src/wire/structs/user-event.ts'
import type { Members } from '../gossip/contract.ts'
import type { MethodTable } from '../rpc/contract.ts'
import { eventPrefix } from './event-record.ts'

/** Sends an event to every agent of a datacenter. Any server there can. */
export const eventFire = method({ name: 'Internal.EventFire', request: EventFireRequest, reply: EventFireResponse })

/** What the server port knows of events. */
export function addEventMethods(methods: MethodTable, members: Members): void {
  methods.add(eventFire, 'anywhere', ({ Name, Payload }) => {
    members.userEvent(eventPrefix + Name, Payload ?? Buffer.alloc(0), false)
    return EventFireResponse.zero()
  })
}
