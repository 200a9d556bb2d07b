import { ProconsulError } from '../../src/kernel/errors.ts'
import type { Effect, TcpPingEffect } from './core/effects.ts'
import type { Endpoint } from './core/messages.ts'
import type { DriverSetup, PoolDriver } from './driver.ts'
import { endpointText } from './join-address.ts'
import { RepeatedLines } from './repeated-lines.ts'
import type { SerfOutput } from './serf/outputs.ts'
import type { ReceivedQuery } from './serf/received-query.ts'

/** Does what Swim and Serf decided: sends, dials, logs, and tells the pool. */
export class Carrier {
  readonly #driver: PoolDriver
  readonly #repeated = new RepeatedLines()
  readonly #setup: Pick<DriverSetup, 'clock' | 'events' | 'log'>

  constructor(driver: PoolDriver, setup: Pick<DriverSetup, 'clock' | 'events' | 'log'>) {
    this.#driver = driver
    this.#setup = setup
  }

  carryOut(effect: Effect | SerfOutput): void {
    const { events, log } = this.#setup
    switch (effect.kind) {
      case 'packet':
        this.#driver.transport.sendPacket(effect.to, effect.parts, effect)
        break
      case 'pushPull':
        this.#tryExchange(effect, false, 'warn')
        break
      case 'reconnect':
        this.#tryExchange(effect, true, 'debug')
        break
      case 'tcpPing':
        this.#tcpPing(effect)
        break
      case 'leaveSent':
        this.#driver.act((now) => this.#driver.serf.farewellSent(now))
        break
      case 'log':
        this.#say(effect)
        break
      case 'member':
        events.member(effect.change)
        break
      case 'userEvent':
        events.userEvent(effect)
        break
      case 'query':
        this.#answer(effect.query)
        break
      case 'left':
        events.left()
        break
      case 'nameLost':
        log.error(
          'serf: the other members hold this name to be that of another one; rename this agent (node_name, -node)',
          {
            member: this.#driver.swim.name,
            other: endpointText(effect.other),
          },
        )
        break
    }
  }

  /** Details come as often as they happen; what an operator should read comes once, and once a minute while it lasts. */
  #say({ level, text, fields }: Extract<Effect | SerfOutput, { kind: 'log' }>): void {
    const { clock, log } = this.#setup
    const isDetail = level === 'debug' || level === 'info'
    const withheld = isDetail ? 0 : this.#repeated.heard(text + JSON.stringify(fields), clock.monotonicMs())
    if (withheld === undefined) return
    log[level](text, withheld === 0 ? fields : { ...fields, repeated: withheld })
  }

  /** Nobody waits for it. That a failed member cannot be reached is no news; that a living one cannot is. */
  #tryExchange(
    { node, to }: { readonly node: string; readonly to: Endpoint },
    join: boolean,
    failure: 'warn' | 'debug',
  ): void {
    this.#unlessExpected(this.#driver.exchange(to, join), (error) =>
      this.#setup.log[failure]('memberlist: push/pull failed', { member: node, error: error.message }),
    )
  }

  #tcpPing({ node, to, seqNo, deadlineAtMs }: TcpPingEffect): void {
    const timeoutMs = Math.max(1, Math.ceil(deadlineAtMs - this.#setup.clock.monotonicMs()))
    const answered = this.#driver.transport.ping(to, { type: 'ping', seqNo, node }, timeoutMs).then((came) => {
      if (came) this.#driver.act((now) => this.#driver.swim.tcpPong(seqNo, now))
    })
    this.#unlessExpected(answered, () => {})
  }

  #answer(query: ReceivedQuery): void {
    const answer = this.#setup.events.query(query)
    if (answer === undefined) return
    try {
      this.#driver.act((now) => this.#driver.serf.respond(query, answer, now))
    } catch (error) {
      if (!(error instanceof ProconsulError)) throw error
      this.#setup.log.warn('serf: a query could not be answered', { query: query.name, reason: error.message })
    }
  }

  /** What others or the network do wrong is `expected`; anything else is a bug. */
  #unlessExpected(work: Promise<void>, expected: (error: ProconsulError) => void): void {
    work.catch((error: unknown) => {
      if (this.#driver.closed) return
      if (error instanceof ProconsulError) expected(error)
      else this.#setup.events.fault(error)
    })
  }
}
