import { UserEventTooLargeError } from '../errors.ts'
import type { EventsAt, UserEventMessage } from './messages.ts'
import { eventsPerTimeMax } from './records.ts'
import type { Shared } from './shared.ts'
import { TimeRing } from './time-ring.ts'
import { encodeMessage } from './wire.ts'

/** Serf never takes more, whatever is configured. */
const sizeHardMax = 9216
/** Of one logical time no more is remembered: names and payloads together. Keeps the ring below 16 MiB. */
const bytesPerTimeMax = 32_768

interface HeldEvent {
  readonly name: string
  readonly payload: Buffer
}

/** Events of applications: told to every member, delivered once to each (protocol/gossip.md §9.5). */
export class UserEvents {
  readonly #shared: Shared
  readonly #ring: TimeRing<HeldEvent>

  constructor(shared: Shared) {
    this.#shared = shared
    this.#ring = new TimeRing(shared.config.eventSlots, shared.clocks.event)
  }

  /** Sends an event to everybody. Throws UserEventTooLargeError. */
  fire(name: string, payload: Buffer, coalesce: boolean): void {
    const { clocks, config, queues } = this.#shared
    const limitBytes = Math.min(config.userEventSizeMax, sizeHardMax)
    if (Buffer.byteLength(name) + payload.length > limitBytes) throw new UserEventTooLargeError(limitBytes)
    const message: UserEventMessage = { type: 'userEvent', lTime: clocks.event.time, name, payload, coalesce }
    const encoded = encodeMessage(message)
    if (encoded.length > limitBytes) throw new UserEventTooLargeError(limitBytes, 'encoded')
    this.#deliver(message)
    queues.events.add(encoded)
  }

  /** An event of another member; `encoded` is passed on as it is when the event is new. */
  receive(message: UserEventMessage, encoded: Buffer): void {
    const { queues } = this.#shared
    if (this.#deliver(message) && queues.fits(encoded)) queues.events.add(encoded)
  }

  /** An event that a push/pull brings: no news to the others. */
  replay({ lTime, events }: EventsAt): void {
    for (const { name, payload } of events) {
      this.#deliver({ type: 'userEvent', lTime, name, payload, coalesce: false })
    }
  }

  ignoreBefore(lTime: number): void {
    this.#ring.ignoreBefore(lTime)
  }

  /** What is remembered, slot by slot, for a push/pull. */
  remembered(): readonly (EventsAt | undefined)[] {
    return this.#ring.slots().map((slot) => slot && { lTime: slot.lTime, events: slot.held })
  }

  #deliver(message: UserEventMessage): boolean {
    const { lTime, name, payload, coalesce } = message
    const { clocks, outbox } = this.#shared
    clocks.event.witness(lTime)
    const held = this.#ring.at(lTime)
    if (!held || held.some((event) => event.name === name && event.payload.equals(payload))) return false
    if (!hasRoom(held, message)) {
      outbox.log('warn', 'serf: too much happens at one logical time; event dropped', { event: name, lTime })
      return false
    }
    held.push({ name, payload })
    outbox.add({ kind: 'userEvent', name, payload, lTime, coalesce })
    return true
  }
}

/** Honest members hardly ever have several events at one time; a flood of them must not fill the memory. */
function hasRoom(held: readonly HeldEvent[], { name, payload }: HeldEvent): boolean {
  if (held.length >= eventsPerTimeMax) return false
  const heldBytes = held.reduce((sum, event) => sum + event.name.length + event.payload.length, 0)
  return heldBytes + name.length + payload.length <= bytesPerTimeMax
}
