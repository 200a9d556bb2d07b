import type { Clock } from '../../src/kernel/clock.ts'
import { ProconsulError } from '../../src/kernel/errors.ts'
import type { Random } from '../../src/kernel/random.ts'
import { CallLostError, UnreachableError } from '../../src/rpc/errors.ts'
import { NoLeaderError } from '../../src/wire/cluster-errors.ts'
import type { Connections } from '../connections/contract.ts'
import type { Holder, ReadManner } from './contract.ts'
import type { LeaderNews } from './leader-news.ts'
import type { MethodEntry } from './method-table.ts'
import type { Places } from './places.ts'
import type { RateLimit } from './rate-limit.ts'
import type { ServerList } from './server-list.ts'
import { whileMeant } from './while-meant.ts'

/** A call that still has to find where it is carried out. */
export interface RoutedCall<Result> {
  /** `Service.Method`. */
  readonly name: string
  readonly kind: MethodEntry['kind']
  readonly manner: ReadManner
  /** How long an answer may take from a server that has the call. */
  readonly timeoutMs: number
  /** The answer may take long because it is waited for: time begins to count when something goes wrong. */
  readonly blocks: boolean
  readonly signal: AbortSignal
  /** Who gives it up only while it is not under way. */
  readonly holder?: Holder | undefined
  /** Carries it out on this server. NoLeaderError says that somebody else has to. */
  here(): Result | Promise<Result>
  /** The request, encoded. */
  body(): Buffer
  /** The reply of another server. */
  arrived(reply: Buffer): Result
}

export interface RoutingSetup {
  readonly datacenter: string
  readonly places: Places
  readonly servers: ServerList
  readonly connections: Connections
  readonly news: LeaderNews
  readonly clock: Clock
  readonly random: Random
  /** What a client agent may ask of the servers. */
  readonly rateLimit: RateLimit
  /** How long a call waits for a leader (`performance.rpc_hold_timeout`). */
  readonly holdMs: number
}

/** A leader that was replaced may still answer what it was asked to write. */
const writeGraceMs = 500
/** Pauses between two tries are at most this part of the hold time. */
const pausesPerHold = 16

/** Brings each call to where it can be carried out, and holds it while nobody leads (protocol/servers.md §4, §5.1). */
export class Routing {
  readonly clientCalls = { tried: 0, exceeded: 0, failed: 0 }
  readonly #setup: RoutingSetup
  #leaving = false

  constructor(setup: RoutingSetup) {
    this.#setup = setup
  }

  /** From now on nobody is kept waiting for another leader: this server goes. */
  leave(): void {
    this.#leaving = true
  }

  /** The result. Rejects with what the server that carried it out said, why none could be reached, or the signal's reason. */
  run<Result>(call: RoutedCall<Result>): Promise<Result> {
    const sinceMs = call.blocks ? undefined : this.#setup.clock.monotonicMs()
    // No async function up to here: every write comes this way, and nearly all have their answer at the first try.
    return this.#try(call).catch((error) => this.#again(call, error, sinceMs))
  }

  async #again<Result>(call: RoutedCall<Result>, refusal: unknown, beganMs: number | undefined): Promise<Result> {
    const { clock, holdMs } = this.#setup
    let error = refusal
    let sinceMs = beganMs
    for (;;) {
      call.signal.throwIfAborted()
      call.holder?.signal.throwIfAborted()
      if (this.#leaving || !mayRetry(error, call.kind)) throw error
      sinceMs ??= clock.monotonicMs()
      if (clock.monotonicMs() - sinceMs >= holdMs) throw error
      await this.#pause(call.holder?.signal ?? call.signal)
      try {
        return await this.#try(call)
      } catch (next) {
        error = next
      }
    }
  }

  #try<Result>(call: RoutedCall<Result>): Promise<Result> {
    try {
      if (!this.#isHere(call)) return this.#send(call)
      const result = call.here()
      return result instanceof Promise ? result : Promise.resolve(result)
    } catch (error) {
      return Promise.reject(error)
    }
  }

  #isHere({ kind, manner }: RoutedCall<unknown>): boolean {
    const { places } = this.#setup
    if (kind === 'live' || kind === 'read') return places.ofRead(manner) !== 'away'
    return places.isServer && places.isOwn(manner.datacenter) && (kind === 'anywhere' || places.leads)
  }

  async #send<Result>(call: RoutedCall<Result>): Promise<Result> {
    const { places, connections, servers, datacenter, news, clock } = this.#setup
    const { name, manner, timeoutMs, signal } = call
    const address = places.address(manner.datacenter)
    if (!places.isServer) this.#takeToken()
    const graceMs = repeatable(call.kind) ? 0 : writeGraceMs
    const isMeant = () => places.isMeant(address, manner.datacenter)
    try {
      const reply = await whileMeant({ news, clock, signal, isMeant, graceMs }, (given) =>
        connections.call({ address, method: name, body: call.body(), signal: given, timeoutMs }),
      )
      return call.arrived(reply)
    } catch (error) {
      const there = places.isServer ? manner.datacenter.toLowerCase() : datacenter
      if (!signal.aborted) {
        servers.failed(address, there)
        if (!places.isServer) this.clientCalls.failed++
      }
      throw error
    }
  }

  /** @throws RateExceededError */
  #takeToken(): void {
    this.clientCalls.tried++
    try {
      this.#setup.rateLimit.take()
    } catch (error) {
      this.clientCalls.exceeded++
      throw error
    }
  }

  /** A moment, which ends early when there is news of the leader. */
  #pause(signal: AbortSignal): Promise<void> {
    const { clock, random, holdMs, news } = this.#setup
    return new Promise((resolve, reject) => {
      const settle = () => {
        cancel()
        stopListening()
        signal.removeEventListener('abort', onAbort)
      }
      const go = () => {
        settle()
        resolve()
      }
      const onAbort = () => {
        settle()
        reject(signal.reason)
      }
      const cancel = clock.after((random.fraction() * holdMs) / pausesPerHold, go)
      const stopListening = news.listen(go)
      signal.addEventListener('abort', onAbort)
    })
  }
}

/** Whether a call that failed can be made again: nothing was done, or doing it twice makes no difference. */
function mayRetry(error: unknown, kind: MethodEntry['kind']): boolean {
  if (!(error instanceof ProconsulError)) return false
  if (error instanceof NoLeaderError || error instanceof UnreachableError) return true
  if (error instanceof CallLostError) return repeatable(kind)
  return harmless.some((text) => error.message.includes(text))
}

/** Reads may be made again, and elsewhere. */
function repeatable(kind: MethodEntry['kind']): boolean {
  return kind === 'live' || kind === 'read'
}

const harmless = ['No cluster leader', 'please resubmit call for rechunking', 'leadership transfer in progress']
