import type { Deadline } from './deadlines.ts'
import { isLiving } from './member-table.ts'
import type { Membership } from './membership.ts'
import type { Ack, Nack, Ping } from './messages.ts'
import type { NodeState } from './node-state.ts'
import type { Sequence } from './sequence.ts'
import type { Shared } from './shared.ts'
import { speaks } from './versions.ts'

/** One member being asked whether it lives. */
interface Probe {
  readonly seqNo: number
  /** As it was when the probe began: an accusation names the incarnation that did not answer. */
  readonly target: NodeState
  readonly sentAtMs: number
  readonly end: Deadline
  direct: Deadline | undefined
  /** Helpers that promised word in any case, and those that kept it. */
  nacksWanted: number
  nacks: number
  tcpAnswered: boolean
}

/**
 * Asks one member after the other: directly, then through others and over TCP, and accuses it when all stays silent
 * (SWIM, sections 3.1 and 4.3; protocol/gossip.md §6.3, §6.4).
 */
export class Prober {
  readonly #shared: Shared
  readonly #membership: Membership
  readonly #sequence: Sequence
  #place = 0
  #probe: Probe | undefined

  constructor(shared: Shared, membership: Membership, sequence: Sequence) {
    this.#shared = shared
    this.#membership = membership
    this.#sequence = sequence
  }

  /** Begins with the next member in turn. Does nothing while a probe is under way. */
  probeNext(now: number): void {
    if (this.#probe) return
    const { table, name } = this.#shared
    for (let looked = 0; looked <= table.size; looked += 1) {
      if (this.#place >= table.size) {
        this.#nextRound(now)
        continue
      }
      const target = table.at(this.#place)
      this.#place += 1
      if (target.name !== name && isLiving(target)) {
        this.#begin(target, now)
        return
      }
    }
  }

  /** False when the answer belongs to none of this member's probes. */
  ack({ seqNo, payload }: Ack, now: number): boolean {
    const probe = this.#probe
    if (!probe || probe.seqNo !== seqNo) return false
    const wasDirect = probe.direct !== undefined
    this.#succeed(probe)
    if (wasDirect) this.#shared.delegate.pinged(probe.target, now - probe.sentAtMs, payload, now)
    return true
  }

  nack({ seqNo }: Nack): void {
    if (this.#probe?.seqNo === seqNo) this.#probe.nacks += 1
  }

  tcpPong(seqNo: number): void {
    if (this.#probe?.seqNo === seqNo) this.#probe.tcpAnswered = true
  }

  /** Forgets the long dead, and goes through the others in another order. */
  #nextRound(now: number): void {
    const { table, config } = this.#shared
    table.reorder((state) => isLiving(state) || now - state.changedAtMs <= config.gossipToTheDeadMs)
    this.#place = 0
  }

  #begin(target: NodeState, now: number): void {
    const { name, own, config, encode, outbox, awareness, deadlines } = this.#shared
    const seqNo = this.#sequence.next()
    const end = deadlines.add(now + awareness.stretch(config.probeIntervalMs), (at) => this.#end(probe, at))
    const direct = deadlines.add(now + config.probeTimeoutMs, (at) => this.#askOthers(probe, at))
    const probe: Probe = { seqNo, target, sentAtMs: now, end, direct, nacksWanted: 0, nacks: 0, tcpAnswered: false }
    this.#probe = probe

    const ping: Ping = { type: 'ping', seqNo, node: target.name, source: { ...own, node: name } }
    const to = { address: target.address, port: target.port }
    if (target.state === 'alive') {
      outbox.send(to, ping)
      return
    }
    // A suspect learns of the accusation at once, so that it can protest (Lifeguard, section IV.C: the buddy system).
    const accusation = encode({ type: 'suspect', incarnation: target.incarnation, node: target.name, from: name })
    outbox.add({ kind: 'packet', to, parts: [encode(ping), accusation], crc: speaks.checksums(target.vsn) })
  }

  /** The direct answer is late. */
  #askOthers(probe: Probe, now: number): void {
    probe.direct = undefined
    const { name, own, config, table, outbox } = this.#shared
    const { seqNo, target, end } = probe
    const { name: node, address, port } = target
    const isHelper = (state: NodeState) => state.state === 'alive' && state.name !== name && state.name !== node
    for (const helper of table.pick(config.indirectChecks, isHelper)) {
      const nack = speaks.nacks(helper.vsn)
      if (nack) probe.nacksWanted += 1
      outbox.send(
        { address: helper.address, port: helper.port },
        { type: 'indirectPing', seqNo, node, target: { address, port }, nack, source: { ...own, node: name } },
      )
    }
    if (config.tcpPings && speaks.tcpPings(target.vsn) && end.atMs > now) {
      outbox.add({ kind: 'tcpPing', node, to: { address, port }, seqNo, deadlineAtMs: end.atMs })
    }
  }

  #succeed(probe: Probe): void {
    this.#finish(probe)
    this.#shared.awareness.change(-1)
  }

  /** Nobody got an answer by UDP. */
  #end(probe: Probe, now: number): void {
    const { name, awareness, outbox } = this.#shared
    const { target, nacksWanted, nacks, tcpAnswered } = probe
    if (tcpAnswered) {
      outbox.log('warn', 'a member answers over TCP but not over UDP; see that its packets pass', {
        member: target.name,
      })
      this.#succeed(probe)
      return
    }
    this.#finish(probe)
    // Helpers that stay silent as well say more about this member than about the target (Lifeguard, section IV.A).
    awareness.change(nacksWanted > 0 ? nacksWanted - Math.min(nacks, nacksWanted) : 1)
    outbox.log('info', 'a member does not answer and is suspected', { member: target.name })
    this.#membership.suspect({ type: 'suspect', incarnation: target.incarnation, node: target.name, from: name }, now)
  }

  #finish(probe: Probe): void {
    this.#probe = undefined
    probe.end.cancelled = true
    if (probe.direct) probe.direct.cancelled = true
  }
}
