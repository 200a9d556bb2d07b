import type { Clock } from '../../src/kernel/clock.ts'
import type { Logger } from '../../src/kernel/log.ts'
import type { Random } from '../../src/kernel/random.ts'
import { Carrier } from './carrier.ts'
import type { MemberChange, Pool, UserEvent } from './contract.ts'
import type { SwimConfig } from './core/config.ts'
import type { Endpoint, PushPull } from './core/messages.ts'
import { Swim } from './core/swim.ts'
import { consulVersions } from './core/versions.ts'
import { JoinRefusedError } from './errors.ts'
import { endpointText } from './join-address.ts'
import type { ReceivedQuery } from './serf/received-query.ts'
import type { RememberedClocks, Serf } from './serf/serf.ts'
import type { TransportSetup } from './transport/setup.ts'
import { GossipTransport } from './transport/transport.ts'
import { packetOverheadBytes } from './wire/layers.ts'
import { encodeMessage } from './wire/message.ts'

/** What a pool tells of what happens in it. Called one after the other, never from within a call to the driver. */
export interface PoolEvents {
  member(change: MemberChange): void
  userEvent(event: UserEvent): void
  /** The answer, or undefined to stay silent. */
  query(query: ReceivedQuery): Buffer | undefined
  /** The graceful leave is over. */
  left(): void
  fault(error: unknown): void
}

export interface DriverSetup {
  readonly pool: Pool
  readonly name: string
  /** Where the others reach this member. With port 0 the port that was bound. */
  readonly advertise: Endpoint
  readonly config: SwimConfig
  readonly serf: Serf
  readonly transport: Omit<TransportSetup, 'name' | 'clock' | 'events' | 'tcpTimeoutMs'>
  readonly remembered: RememberedClocks | undefined
  readonly events: PoolEvents
  readonly clock: Clock
  readonly random: Random
  readonly log: Logger
}

/** A timer this late means that the process stood still. */
const heldUpMs = 20

/**
 * Carries out what the machines of a pool decide: Swim, and Serf on top of it. Whatever happens goes through `act`; then
 * both are emptied and the one timer is set to whichever wants to be called next.
 */
export class PoolDriver {
  readonly swim: Swim
  readonly serf: Serf
  readonly transport: GossipTransport
  readonly #setup: DriverSetup
  readonly #carrier: Carrier
  #settling = false
  #closed = false
  #timer: { readonly atMs: number; readonly cancel: () => void } | undefined

  private constructor(setup: DriverSetup, transport: GossipTransport, swim: Swim) {
    this.#setup = setup
    this.serf = setup.serf
    this.swim = swim
    this.transport = transport
    this.#carrier = new Carrier(this, setup)
  }

  /** Opens the sockets and becomes a member of a pool of one. @throws ConfigError when the port cannot be had */
  static async open(setup: DriverSetup): Promise<PoolDriver> {
    const { name, config, clock, random, serf, events, remembered } = setup
    let driver: PoolDriver | undefined
    const transport = await GossipTransport.listen({
      ...setup.transport,
      name,
      clock,
      tcpTimeoutMs: config.tcpTimeoutMs,
      events: {
        messages: (messages, from) =>
          driver?.act((now) => {
            for (const message of messages) driver!.swim.receive(message, from, now)
          }),
        userMessage: (payload, from) =>
          driver?.act((now) => driver!.swim.receive({ type: 'user', payload }, from, now)),
        answerPushPull: (request) => driver?.swim.localPushPull(request.join),
        answeredPushPull: (request, from) => driver?.merge(request, from),
        refused: (reason, from) =>
          setup.log.debug('memberlist: refused what was received', { reason, from: endpointText(from) }),
        fault: events.fault,
      },
    })
    const { address, port } = setup.advertise
    const swim = new Swim({
      name,
      address,
      port: port === 0 ? transport.port : port,
      vsn: consulVersions,
      config,
      random,
      delegate: serf,
      encode: encodeMessage,
    })
    swim.setPacketOverhead(packetOverheadBytes(setup.transport.layers))
    const opened = new PoolDriver(setup, transport, swim)
    driver = opened
    opened.act((now) => {
      serf.start(swim, now, remembered)
      swim.start(now)
    })
    return opened
  }

  /** Asks the machines for something; what they decide is carried out before this returns. */
  act<T>(work: (now: number) => T): T {
    const result = work(this.#setup.clock.monotonicMs())
    this.#settle()
    return result
  }

  /**
   * Exchanges full views with the member there; with `join` as somebody new.
   *
   * @throws GossipPeerError and GossipStreamError when that fails
   * @throws JoinRefusedError when what it shows does not belong into this pool
   */
  async exchange(to: Endpoint, join: boolean): Promise<void> {
    const answer = await this.transport.pushPull(to, () => this.swim.localPushPull(join))
    const refusal = this.act((now) => this.swim.mergeRemote(answer, join, now))
    if (refusal !== undefined) throw new JoinRefusedError(refusal)
  }

  /** Takes in the view of a member whose request was answered. */
  merge(request: PushPull, from: Endpoint): void {
    const refusal = this.act((now) => this.swim.mergeRemote(request, request.join, now))
    if (refusal !== undefined) {
      this.#setup.log.warn('memberlist: failed push/pull merge', { reason: refusal, from: endpointText(from) })
    }
  }

  get closed(): boolean {
    return this.#closed
  }

  /** Falls silent; the others will think that this member failed, unless it left. */
  async close(): Promise<void> {
    this.#closed = true
    this.#timer?.cancel()
    await this.transport.close()
  }

  /** Carrying out may lead to more (a plugin that hears of a member may send an event), which the same loop finds. */
  #settle(): void {
    if (this.#settling || this.#closed) return
    this.#settling = true
    try {
      for (;;) {
        const effects = this.swim.take()
        const outputs = this.serf.take()
        if (effects.length === 0 && outputs.length === 0) break
        for (const effect of effects) this.#carrier.carryOut(effect)
        for (const output of outputs) this.#carrier.carryOut(output)
      }
    } finally {
      this.#settling = false
    }
    this.#setTimer()
  }

  /** One that is already set for an earlier moment stays: coming too early does no harm, and setting timers costs. */
  #setTimer(): void {
    const atMs = Math.min(this.swim.nextTickAt(), this.serf.nextTickAt())
    if (this.#timer !== undefined && this.#timer.atMs <= atMs) return
    this.#timer?.cancel()
    this.#timer = undefined
    if (atMs === Number.POSITIVE_INFINITY) return
    const { clock } = this.#setup
    const cancel = clock.after(Math.ceil(atMs - clock.monotonicMs()), () => this.#due(atMs))
    this.#timer = { atMs, cancel }
  }

  /**
   * A process that was held up finds its timers before the packets that came meanwhile. Those are let in first: answers that
   * were in time must not count as missing, or whoever stood still would suspect everybody.
   */
  #due(atMs: number): void {
    const { clock } = this.#setup
    if (clock.monotonicMs() - atMs > heldUpMs) {
      this.#timer = { atMs: Number.NEGATIVE_INFINITY, cancel: clock.after(0, () => this.#tick()) }
      return
    }
    this.#tick()
  }

  #tick(): void {
    this.#timer = undefined
    if (this.#closed) return
    try {
      this.act((now) => {
        this.swim.tick(now)
        this.serf.tick(now)
      })
    } catch (error) {
      this.#setup.events.fault(error)
      this.#setTimer()
    }
  }
}
