import { Agent } from '../../src/kernel/agent.ts'
import type { CommandName, Commands } from '../../src/kernel/hooks.ts'
import { Log } from '../../src/kernel/log.ts'
import { type AnyPlugin, definePlugin } from '../../src/kernel/plugin.ts'
import { askRoute } from '../../src/testing/ask-route.ts'
import { localRpc } from '../../src/testing/local-rpc.ts'
import { seededRandom } from '../../src/testing/seeded-random.ts'
import { VirtualClock } from '../../src/testing/virtual-clock.ts'
import { NoLeaderError } from '../../src/wire/cluster-errors.ts'
import { RegisterRequest } from '../../src/wire/structs/catalog.ts'
import { DirEntry, type KvOp } from '../../src/wire/structs/kv.ts'
import { Session, type SessionRequest } from '../../src/wire/structs/session.ts'
import type { HttpMethod, PlainReply, Reply, RouteDeclaration } from '../http-api/contract.ts'
import type { Leadership } from '../raft/contract.ts'
import type { ReplicatedState } from '../state/contract.ts'

/**
 * An agent of real plugins, the ones given, on a log that is a counter: what is proposed is committed at once, as long
 * as this server leads. Tests hand in the plugins, as only tests may import those of other folders.
 */
export class SessionAgent {
  readonly clock = new VirtualClock()
  readonly #agent: Agent
  readonly #routes: RouteDeclaration[] = []
  readonly state: ReplicatedState
  index = 0
  /** What proposals fail with, while it is set. */
  trouble: Error | undefined
  proposed: CommandName[] = []
  #leading: AbortController | undefined

  constructor(plugins: readonly AnyPlugin[], ttlMinMs = 10_000) {
    const consensus = {
      propose: async (name: CommandName, command: never) => this.#propose(name, command),
      leading: () => this.#leading !== undefined,
      get role() {
        return this.leading() ? 'leader' : 'follower'
      },
    }
    const ground = definePlugin({
      name: 'ground',
      provides: ['node', 'consensus', 'members'],
      setup({ services }) {
        services.provide('node', { name: 'node-a', datacenter: 'dc1' } as never)
        services.provide('consensus', consensus as never)
        services.provide('members', { list: () => [] } as never)
      },
    })
    this.#agent = new Agent({
      plugins: [ground, localRpc, ...plugins].map((plugin) => ({ plugin, origin: 'test' })),
      optionsOf: ({ name }) => (name === 'sessions' ? { ttlMin: ttlMinMs } : { valueSizeMax: 1024 }),
      log: new Log({ level: 'error', json: false, write: () => {}, nowMs: () => 0 }),
      clock: this.clock,
      random: seededRandom(7),
      onFatal: (error) => {
        throw error
      },
    })
    this.#agent.hooks.httpRoutes.call({ add: (...added) => void this.#routes.push(...added) })
    this.state = this.#agent.services.find('state') as ReplicatedState
  }

  /** This server leads from now on, in a new term if it did before. */
  lead(): void {
    this.#leading?.abort()
    this.#leading = new AbortController()
    this.#tell('leader', this.#leading.signal)
  }

  follow(): void {
    this.#leading?.abort()
    this.#leading = undefined
    this.#tell('follower', new AbortController().signal)
  }

  /** Commits a command, whoever leads. Returns what it came to; throws what refused it. */
  apply<C extends CommandName>(name: C, command: Commands[C], index = ++this.index): unknown {
    return this.state.apply(index, 1, this.state.encode(name, command), null)
  }

  /** A registration in the JSON of `/v1/catalog/register`, completed as a server does. */
  register(request: { readonly Node: string; readonly Check?: object; readonly [field: string]: unknown }): void {
    const Check = request.Check && { Node: request.Node, ...request.Check }
    this.apply('Register', RegisterRequest.fromJson({ Datacenter: 'dc1', Address: '192.0.2.1', ...request, Check }))
  }

  kv(Op: KvOp, Key: string, session = ''): unknown {
    return this.apply('KVS', {
      Datacenter: 'dc1',
      Op,
      DirEnt: { ...DirEntry.zero(), Key, Session: session },
      Token: '',
    })
  }

  async ask(method: HttpMethod, target: string, body?: unknown): Promise<Reply> {
    return askRoute(this.#routes, method, target, { body })
  }

  /** The JSON of an answer, as it is now. */
  async json(method: HttpMethod, target: string, body?: unknown): Promise<unknown> {
    const reply = await this.ask(method, target, body)
    if (reply.kind === 'live') return JSON.parse(reply.query.current().bytes.toString())
    return JSON.parse(String((reply as PlainReply).body))
  }

  /** Everything replicated, as the records of a snapshot. */
  records(): string[] {
    return [...this.state.snapshot().records].map((record) => record.toString('hex'))
  }

  async #propose<C extends CommandName>(name: C, command: Commands[C]): Promise<unknown> {
    this.proposed.push(name)
    if (this.#leading === undefined) throw new NoLeaderError()
    if (this.trouble !== undefined) throw this.trouble
    return this.apply(name, command)
  }

  #tell(role: Leadership['role'], signal: AbortSignal): void {
    this.#agent.hooks.leadership.call({ role, signal, leader: undefined, term: 1 })
  }
}

export function createSession(session: Partial<Session>): SessionRequest {
  return { Datacenter: 'dc1', Op: 'create', Session: { ...Session.zero(), ...session }, Token: '' }
}
