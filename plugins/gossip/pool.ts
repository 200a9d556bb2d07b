import { lookup } from 'node:dns/promises'
import type { SerfCoordinate } from '../../src/wire/structs/coordinate.ts'
import type {
  GossipTraffic,
  KeyringAnswer,
  KeyringRequest,
  Member,
  MemberChange,
  QueryAnswer,
  QueryOptions,
} from './contract.ts'
import type { Endpoint } from './core/messages.ts'
import { type DriverSetup, PoolDriver, type PoolEvents } from './driver.ts'
import { UnknownMemberError } from './errors.ts'
import { joinAll } from './join.ts'
import { endpointText, type Resolve } from './join-address.ts'
import { keyProblem } from './key-text.ts'
import type { RejoinFile } from './rejoin-file.ts'
import { coordinateToWire } from './serf/coordinate.ts'

export interface PoolSetup extends Omit<DriverSetup, 'events' | 'remembered'> {
  readonly datacenter: string
  readonly events: Omit<PoolEvents, 'left'>
  /** Where members are remembered over a restart; undefined keeps nothing. */
  readonly rejoinFile: RejoinFile | undefined
}

/** This agent's membership of one pool, and all that can be asked of it. */
export class GossipPool {
  readonly #setup: PoolSetup
  readonly #driver: PoolDriver
  readonly #left: PromiseWithResolvers<void>

  private constructor(setup: PoolSetup, driver: PoolDriver, left: PromiseWithResolvers<void>) {
    this.#setup = setup
    this.#driver = driver
    this.#left = left
  }

  /** Opens the sockets; until somebody joins, this agent is alone. @throws ConfigError */
  static async open(setup: PoolSetup): Promise<GossipPool> {
    const { events, rejoinFile } = setup
    const left = Promise.withResolvers<void>()
    const before = rejoinFile?.before
    const member = (change: MemberChange) => {
      if (rejoinFile && change.member.name !== setup.name) keep(rejoinFile, change)
      events.member(change)
    }
    const driver = await PoolDriver.open({
      ...setup,
      remembered: before && { lTime: before.clock, eventLTime: before.eventClock, queryLTime: before.queryClock },
      events: { ...events, member, left: left.resolve },
    })
    return new GossipPool(setup, driver, left)
  }

  list(): readonly Member[] {
    return this.#driver.serf.members()
  }

  find(name: string): Member | undefined {
    return this.#driver.serf.member(name)
  }

  /** As `Members.join`. */
  async join(addresses: readonly string[]): Promise<number> {
    const end = this.#driver.act(() => this.#driver.serf.beginJoin({ ignoresOldEvents: true }))
    let met = 0
    try {
      met = await joinAll(addresses, {
        defaultPort: this.#driver.transport.port,
        resolve: resolveByDns,
        meet: (endpoint) => this.#driver.exchange(endpoint, true),
      })
      return met
    } finally {
      this.#driver.act((now) => end(met, now))
    }
  }

  /** Meets an agent that is known from before a restart. @throws as PoolDriver.exchange */
  meetAgain(endpoint: Endpoint): Promise<void> {
    return this.#driver.exchange(endpoint, true)
  }

  /** Says goodbye; resolves when that is spread. More calls wait for the same. */
  leave(): Promise<void> {
    this.#setup.rejoinFile?.leave()
    this.remember()
    this.#driver.act((now) => this.#driver.serf.leave(now))
    return this.#left.promise
  }

  /** Declares that a member has left. @throws UnknownMemberError */
  async forceLeave(name: string, prune: boolean): Promise<void> {
    if (this.find(name) === undefined) throw new UnknownMemberError(name)
    const { promise, resolve } = Promise.withResolvers<boolean>()
    this.#driver.act((now) => this.#driver.serf.forceLeave(name, prune, now, resolve))
    const inTime = await promise
    if (!inTime) this.#setup.log.warn('serf: timeout while waiting for the removal to be broadcast', { member: name })
  }

  userEvent(name: string, payload: Buffer, coalesce: boolean): void {
    this.#driver.act(() => this.#driver.serf.userEvent(name, payload, coalesce))
  }

  query(name: string, payload: Buffer, options: QueryOptions): Promise<readonly QueryAnswer[]> {
    const { promise, resolve } = Promise.withResolvers<readonly QueryAnswer[]>()
    const answers: QueryAnswer[] = []
    const listener = {
      answer: (from: string, said: Buffer) => void answers.push({ from, payload: said }),
      done: () => resolve(answers),
    }
    this.#driver.act((now) => this.#driver.serf.query(name, payload, options, listener, now))
    return promise
  }

  /** What the members of this pool make of a keyring request; what goes wrong is in the answer. */
  async keyring({ operation, key = '', relayFactor }: KeyringRequest): Promise<KeyringAnswer> {
    const { pool, datacenter } = this.#setup
    const problem = operation === 'list' ? undefined : keyProblem(key)
    if (problem !== undefined) {
      return { pool, datacenter, messages: {}, keys: {}, primaryKeys: {}, memberCount: 0, error: problem }
    }
    const raw = operation === 'list' ? undefined : Buffer.from(key, 'base64')
    const { promise, resolve } = Promise.withResolvers<Omit<KeyringAnswer, 'pool' | 'datacenter'>>()
    this.#driver.act((now) => this.#driver.serf.requestKeys({ operation, key: raw, relayFactor }, resolve, now))
    const { messages, keys, primaryKeys, memberCount, error } = await promise
    return { pool, datacenter, messages, keys, primaryKeys, memberCount, error }
  }

  coordinate(): SerfCoordinate {
    return coordinateToWire(this.#driver.serf.coordinate())
  }

  coordinateOf(name: string): SerfCoordinate | undefined {
    const found = this.#driver.serf.coordinateOf(name)
    return found && coordinateToWire(found)
  }

  roundTripMs(name: string): number | undefined {
    return this.#driver.serf.roundTripMs(name)
  }

  stats(): Record<string, string> {
    return this.#driver.serf.stats()
  }

  traffic(): GossipTraffic {
    const { drops, notAllowed, streamsRefused, streamsBroken, ...counters } = this.#driver.transport.counters
    const dropped = Object.values(drops).reduce((sum, count) => sum + count, 0)
    return { ...counters, dropped: dropped + notAllowed + streamsRefused + streamsBroken }
  }

  /** `ip:port` of those who were alive before this agent was restarted, by name. */
  get remembered(): ReadonlyMap<string, string> {
    const alive = new Map(this.#setup.rejoinFile?.before.alive)
    alive.delete(this.#setup.name)
    return alive
  }

  /** Writes down what changed since the last time; the clocks move without anybody being told. */
  remember(): void {
    const { lTime, eventLTime, queryLTime } = this.#driver.serf.clocks()
    this.#setup.rejoinFile?.flush({ clock: lTime - 1, eventClock: eventLTime - 1, queryClock: queryLTime - 1 })
  }

  async close(): Promise<void> {
    this.remember()
    await this.#driver.close()
  }
}

/** Written at once: what is known of others matters most to an agent that is killed. */
function keep(file: RejoinFile, { kind, member }: MemberChange): void {
  if (kind === 'join' || kind === 'update') file.alive(member.name, endpointText(member))
  else file.notAlive(member.name)
  file.flush()
}

/** All addresses of a name, those of the system's hosts file included. */
const resolveByDns: Resolve = async (name) => {
  try {
    return (await lookup(name, { all: true })).map(({ address }) => address)
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    throw new Error(`lookup ${name}: ${code === 'ENOTFOUND' ? 'no such host' : message}`, { cause: error })
  }
}
