import type { Member } from '../contract.ts'
import type { Endpoint, Versions } from '../core/messages.ts'
import { consulVersions } from '../core/versions.ts'
import type { SerfConfig } from './config.ts'
import type { KeyringPort } from './keyring-port.ts'
import type { SerfMessage, SerfState } from './messages.ts'
import type { SerfOutput } from './outputs.ts'
import { type TestMember, TestPool } from './pool.fixture.ts'
import type { RememberedClocks, Serf } from './serf.ts'
import { encodeTags, type Tags } from './tags.ts'
import { decodeMessage, encodeMessage, encodeState } from './wire.ts'

interface Introduction {
  readonly tags?: Tags
  readonly incarnation?: number
  readonly vsn?: Versions
}

const statusNames = ['none', 'alive', 'leaving', 'left', 'failed']

/** One member called `a`, alone on a stage: a test speaks the parts of the others and moves time. */
export class TestStage {
  readonly #pool: TestPool
  readonly #self: TestMember
  #seen = 0

  constructor(serf: Partial<SerfConfig> = {}, remembered?: RememberedClocks, keyring?: KeyringPort) {
    // Nobody answers probes here, and nobody shall die of it.
    this.#pool = new TestPool({ serf, swim: { probeIntervalMs: 1e12, pushPullIntervalMs: 0 } })
    this.#self = this.#pool.start('a', { ...(remembered && { remembered }), ...(keyring && { keyring }) })
    this.#seen = this.#self.outputs.length
  }

  get serf(): Serf {
    return this.#self.serf
  }

  get now(): number {
    return this.#pool.now
  }

  /** Packets of serf, decoded, with their destinations; emptied by each look. */
  sent(): { to: string; message: SerfMessage }[] {
    return this.#takeSent().map(({ to, bytes }) => ({ to: to.address, message: decodeMessage(bytes)! }))
  }

  /** What serf put out since the last look, without packets and log lines. */
  told(): SerfOutput[] {
    this.#pool.flush(this.#self)
    const told = this.#self.outputs.slice(this.#seen)
    this.#seen = this.#self.outputs.length
    return told
  }

  /** The same as short text: `join b`, `event deploy`, `query probe`. */
  toldBriefly(): string[] {
    return this.told().map((output) => {
      if (output.kind === 'member') return `${output.change.kind} ${output.change.member.name}`
      if (output.kind === 'userEvent') return `event ${output.name} ${output.payload}`
      return output.kind === 'query' ? `query ${output.query.name}` : output.kind
    })
  }

  /** Messages that wait to be passed on, each asked for once. */
  queued(): SerfMessage[] {
    return this.serf.broadcasts(0, 65_536).map((bytes) => decodeMessage(bytes)!)
  }

  /** Memberlist's news that a member lives, or shows other tags; members are at 10.1.1.x by their first letter. */
  meet(name: string, { tags = {}, incarnation = 1, vsn = consulVersions }: Introduction = {}): void {
    const { address, port } = endpointOf(name)
    const meta = encodeTags(tags)
    this.#self.swim.receive(
      { type: 'alive', node: name, incarnation, address, port, meta, vsn },
      endpointOf(name),
      this.now,
    )
  }

  /** Memberlist's news that a member is gone. */
  lose(name: string, incarnation = 1): void {
    this.#self.swim.receive({ type: 'dead', node: name, incarnation, from: 'z' }, endpointOf('z'), this.now)
  }

  hear(message: SerfMessage): Buffer {
    const encoded = encodeMessage(message)
    this.serf.userMessage(encoded, this.now)
    return encoded
  }

  join(node: string, lTime: number): void {
    this.hear({ type: 'join', node, lTime })
  }

  leave(node: string, lTime: number, prune = false): void {
    this.hear({ type: 'leave', node, lTime, prune })
  }

  event(lTime: number, name: string, payload = ''): void {
    this.hear({ type: 'userEvent', lTime, name, payload: Buffer.from(payload), coalesce: false })
  }

  merge(state: Partial<SerfState>, join = false): void {
    const nothing = { lTime: 0, eventLTime: 0, queryLTime: 0, statusLTimes: new Map(), leftMembers: [], events: [] }
    this.serf.mergeState(encodeState({ ...nothing, ...state }), join, this.now)
  }

  advance(ms: number): void {
    this.#pool.advance(ms)
  }

  flush(): void {
    this.#pool.flush(this.#self)
  }

  status(name: string): string | undefined {
    const member: Member | undefined = this.serf.member(name)
    return member && statusNames[member.status]
  }

  statusLTime(name: string): number | undefined {
    return this.serf.member(name)?.statusLTime
  }

  #takeSent(): { to: Endpoint; bytes: Buffer }[] {
    const outputs = this.serf.take()
    return outputs.flatMap((output) => {
      if (output.kind !== 'packet') {
        this.#self.outputs.push(output)
        return []
      }
      return [{ to: output.to, bytes: output.parts[0]!.subarray(1) }]
    })
  }
}

export function endpointOf(name: string): Endpoint {
  return { address: `10.1.1.${name.charCodeAt(0) || 255}`, port: 8301 }
}
