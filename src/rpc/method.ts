import type { Question } from '../store/live-query.ts'
import type { Message } from '../wire/schema.ts'
import { struct } from '../wire/schema.ts'
import type { QueryMeta, QueryOptions } from '../wire/structs/query.ts'

/**
 * The methods of the server port (protocol/servers.md §6), as features declare them: once, in their `rpc.ts`, for whoever
 * asks and for the server that answers. Agents find one another's methods by name, so names and shapes are Consul's.
 */

/** A method's name and what it takes and gives. */
export interface Method<Request, Reply> {
  /** `Service.Method`. */
  readonly name: string
  readonly request: Message<Request>
  readonly reply: Message<Reply>
}

/** What every request that reads has beside what it asks for. */
export type ReadRequest = QueryOptions & { readonly Datacenter: string }

/**
 * A method that reads replicated state: put as a live query wherever it is answered, so that it can block. `Asked` is
 * what is asked for in the feature's own words; consistency, blocking and datacenter belong to the caller.
 */
export interface ReadMethod<Asked, Request extends ReadRequest, Reply extends QueryMeta, Value>
  extends Method<Request, Reply> {
  /** The fields that say what is asked; the others stay as they are in an empty request. */
  toRequest(asked: Asked): Partial<Request>
  /** Throws the ProconsulError of what cannot be asked. */
  fromRequest(request: Request): Asked
  question(asked: Asked): Question<Value>
  /** Nil and empty are different to Consul's agents, and each list has its own rule (protocol/servers.md §3). */
  toReply(value: Value, asked: Asked): Omit<Reply, keyof QueryMeta>
  /** The value as the question would have found it, for the agent that asked: what it encodes is what clients see. */
  fromReply(reply: Reply, asked: Asked): Value
}

/** Gives a read method's declaration its types. */
export function readMethod<Asked, Request extends ReadRequest, Reply extends QueryMeta, Value>(
  method: ReadMethod<Asked, Request, Reply, Value>,
): ReadMethod<Asked, Request, Reply, Value> {
  return method
}

/** Gives a method's declaration its types. */
export function method<Request, Reply>(declared: Method<Request, Reply>): Method<Request, Reply> {
  return declared
}

/** A request or reply that says nothing. */
export const Nothing = struct('Nothing', {})
