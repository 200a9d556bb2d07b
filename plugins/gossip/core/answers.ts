import type { Deadline } from './deadlines.ts'
import type { Ack, Endpoint, IndirectPing, Ping, Source } from './messages.ts'
import type { Sequence } from './sequence.ts'
import type { Shared } from './shared.ts'

/** A ping made for somebody else, and who waits for its outcome. */
interface Errand {
  readonly requester: Endpoint
  readonly seqNo: number
  readonly expiry: Deadline
}

/** How many errands may be under way. More are declined in silence: the requester asks others too. */
const errandsMax = 1024
const nothing = Buffer.alloc(0)

/** Answers pings, and pings for others who got no answer themselves (protocol/gossip.md §6.5). */
export class Answers {
  readonly #shared: Shared
  readonly #sequence: Sequence
  readonly #errands = new Map<number, Errand>()

  constructor(shared: Shared, sequence: Sequence) {
    this.#shared = shared
    this.#sequence = sequence
  }

  ping({ seqNo, node, source }: Ping, from: Endpoint): void {
    const { name, delegate, outbox } = this.#shared
    if (node !== '' && node !== name) {
      // Somebody knows this address by a former name. An answer would keep that name alive.
      outbox.log('warn', 'a ping is for a member of another name', {
        member: node,
        from: `${from.address}:${from.port}`,
      })
      return
    }
    outbox.send(replyTo(source, from), { type: 'ack', seqNo, payload: delegate.ackPayload() })
  }

  pingFor({ seqNo, node, target, nack, source }: IndirectPing, from: Endpoint, now: number): void {
    const { name, own, config, deadlines, outbox } = this.#shared
    if (this.#errands.size >= errandsMax) return
    const errand = this.#sequence.next()
    const requester = replyTo(source, from)
    const expiry = deadlines.add(now + config.probeTimeoutMs, () => {
      this.#errands.delete(errand)
      if (nack) outbox.send(requester, { type: 'nack', seqNo })
    })
    this.#errands.set(errand, { requester, seqNo, expiry })
    const to = target.port === 0 ? { address: target.address, port: own.port } : target
    outbox.send(to, { type: 'ping', seqNo: errand, node, source: { ...own, node: name } })
  }

  /** Passes an answer on. False when the ping was not made for anybody. */
  ack({ seqNo }: Ack): boolean {
    const errand = this.#errands.get(seqNo)
    if (!errand) return false
    this.#errands.delete(seqNo)
    errand.expiry.cancelled = true
    this.#shared.outbox.send(errand.requester, { type: 'ack', seqNo: errand.seqNo, payload: nothing })
    return true
  }
}

function replyTo(source: Source | undefined, from: Endpoint): Endpoint {
  if (!source || source.address === '' || source.port === 0) return from
  return { address: source.address, port: source.port }
}
