import { assert } from '../../src/kernel/assert.ts'
import type { Method, ReadMethod, ReadRequest } from '../../src/rpc/method.ts'
import type { QueryMeta } from '../../src/wire/structs/query.ts'
import type { CallContext, MethodPlace, MethodTable } from './contract.ts'
import { MethodUnknownError } from './errors.ts'

// biome-ignore lint/suspicious/noExplicitAny: a table holds methods of every type
type Any = any

/** A method that reads as a live query. */
export interface ReadEntry {
  readonly kind: 'live'
  readonly method: ReadMethod<Any, ReadRequest, QueryMeta, Any>
}

/** A method that is carried out. */
export interface RunEntry {
  readonly kind: MethodPlace
  readonly method: Method<Any, Any>
  readonly run: (request: Any, context: CallContext) => unknown
}

export type MethodEntry = ReadEntry | RunEntry

/** Every method this agent knows, by name. */
export class Methods implements MethodTable {
  readonly #byName = new Map<string, MethodEntry>()
  readonly #services = new Set<string>()

  reads(...methods: readonly ReadMethod<Any, Any, Any, Any>[]): void {
    for (const method of methods) this.#add({ kind: 'live', method })
  }

  add<Request, Reply>(
    method: Method<Request, Reply>,
    kind: MethodPlace,
    run: (request: Request, context: CallContext) => Reply | Promise<Reply>,
  ): void {
    this.#add({ kind, method, run })
  }

  has(name: string): boolean {
    return this.#byName.has(name)
  }

  /** @throws MethodUnknownError */
  get(name: string): MethodEntry {
    const entry = this.#byName.get(name)
    if (entry === undefined) throw new MethodUnknownError(name, this.#services)
    return entry
  }

  #add(entry: MethodEntry): void {
    const { name } = entry.method
    assert(/^[A-Za-z]+\.[A-Za-z]+$/.test(name), `"${name}" cannot name an RPC method`)
    assert(!this.#byName.has(name), `two plugins carry out the RPC method ${name}`)
    this.#byName.set(name, entry)
    this.#services.add(name.slice(0, name.indexOf('.')))
  }
}
