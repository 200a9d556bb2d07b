import type { Method, ReadMethod, ReadRequest } from '../../src/rpc/method.ts'
import type { Answer } from '../../src/store/answer.ts'
import type { LiveQuery } from '../../src/store/live-query.ts'
import type { QueryMeta } from '../../src/wire/structs/query.ts'
import type { Consensus } from '../raft/contract.ts'

/** How fresh an answer must be: as the leader has it, confirmed by a majority, or as whoever is asked has it. */
export type Consistency = 'default' | 'consistent' | 'stale'

/** Which answer a reader wants. */
export interface ReadManner {
  readonly consistency: Consistency
  readonly datacenter: string
}

/** What a reply says of the server that gave it. */
export interface ServerContact {
  readonly known: boolean
  readonly lastContactMs: number
}

/** An answer from another server, in the form of one of ours. */
export interface RemoteAnswer<Value> {
  readonly answer: Answer<Value>
  readonly contact: ServerContact
}

/** An answer that was kept, for a reader who is content with that. */
export interface CachedAnswer<Value> extends RemoteAnswer<Value> {
  /** It was at hand when it was asked for. */
  readonly hit: boolean
  /** For how long nobody could tell whether it still holds; 0 while a server tells of every change. */
  readonly ageMs: number
}

/** A read that can be answered here or elsewhere, as a live query on our own state and as a call. */
export interface Read<Value> {
  /** On this agent's own state, which only `Rpc.place` says when to use. */
  readonly query: LiveQuery<Value>
  /** One answer, from wherever it has to come, as of after the call. Rejects with the signal's reason. */
  fetch(manner: ReadManner, signal?: AbortSignal): Promise<RemoteAnswer<Value>>
  /**
   * The same once its index is above `minIndex`, or what there is after `waitMs`. All who wait for the same thing share
   * one call to the server.
   */
  wait(minIndex: number, waitMs: number, manner: ReadManner, signal?: AbortSignal): Promise<RemoteAnswer<Value>>
  /**
   * The same, from what this agent has at hand, which any server may have said. Once asked it is kept up to date, for as
   * long as it is asked every few minutes. `minIndex` 0 does not wait for a change. Of the manner only the datacenter counts.
   */
  cached?(minIndex: number, waitMs: number, manner: ReadManner, signal?: AbortSignal): Promise<CachedAnswer<Value>>
}

/**
 * Where a read is to be answered. `here`: from our state as it is, looked at in the same turn. `verified`: from our state
 * once `consensus.verifyLeader` has resolved. `away`: by another server.
 */
export type ReadPlace = 'here' | 'verified' | 'away'

/** Methods of servers, carried out wherever they have to be (protocol/servers.md §5.1). */
export interface Rpc {
  /** A read, not yet put to anybody. */
  read<Asked, Request extends ReadRequest, Reply extends QueryMeta, Value>(
    method: ReadMethod<Asked, Request, Reply, Value>,
    asked: Asked,
  ): Read<Value>
  place(manner: ReadManner): ReadPlace
  /** What a client agent has asked of servers since it started; all 0 on a server. */
  readonly clientCalls: ClientCalls
  /** What whoever opens the server port keeps to. */
  readonly portLimits: PortLimits
  /** Called in `setup` by the plugin that agrees with other servers: this agent is one of them, and can answer itself. */
  serve(consensus: Consensus): void
  /**
   * Calls a method that the hook `rpcMethods` knows. The request's own `Datacenter` and consistency say where it runs. While
   * no leader is known the call is held, up to `performance.rpc_hold_timeout`. Once it is under way a signal that aborts
   * ends only the waiting. For a write a `Holder` is better: what is under way is waited for then.
   */
  call<Request, Reply>(method: Method<Request, Reply>, request: Request, until?: AbortSignal | Holder): Promise<Reply>
}

/** Who waits for a call, as an HTTP request does: a call that is not under way when its signal aborts is not made any more. */
export interface Holder {
  /** Asked for only when the call has to be held. */
  readonly signal: AbortSignal
}

/** Tries of calls to servers, counted. */
export interface ClientCalls {
  /** All of them. */
  readonly tried: number
  /** Not made, because that was more than `limits.rpc_rate`. */
  readonly exceeded: number
  /** Made, and answered with an error or not at all. */
  readonly failed: number
}

/** What a stranger may take of the server port. */
export interface PortLimits {
  /** How long a connection may take to say what it is. */
  readonly handshakeMs: number
  /** Connections from one address at a time; more are closed at once. 0 sets no limit. */
  readonly connectionsPerClient: number
}

/** What a method learns of its call beside the request. */
export interface CallContext {
  /** Aborts when the caller goes away. */
  readonly signal: AbortSignal
}

/**
 * Where a method runs. `leader`: only there. `read`: as its request's consistency says, like the reads. `anywhere`: on the
 * server that is asked, unless the request names another datacenter.
 */
export type MethodPlace = 'leader' | 'read' | 'anywhere'

/** Collects the methods of every feature. */
export interface MethodTable {
  // biome-ignore lint/suspicious/noExplicitAny: methods of every type
  reads(...methods: readonly ReadMethod<any, any, any, any>[]): void
  /** `run` carries it out. A ProconsulError it throws goes to the caller as its text. */
  add<Request, Reply>(
    method: Method<Request, Reply>,
    place: MethodPlace,
    run: (request: Request, context: CallContext) => Reply | Promise<Reply>,
  ): void
}

declare module '../../src/kernel/services.ts' {
  interface Services {
    rpc: Rpc
  }
}

declare module '../../src/kernel/hooks.ts' {
  interface Payloads {
    methodTable: MethodTable
  }
}
