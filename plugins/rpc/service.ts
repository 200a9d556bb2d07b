import { assert } from '../../src/kernel/assert.ts'
import type { Method, ReadMethod, ReadRequest } from '../../src/rpc/method.ts'
import type { QueryMeta, QueryOptions } from '../../src/wire/structs/query.ts'
import type { Consensus } from '../raft/contract.ts'
import type { ClientCalls, Holder, PortLimits, Read, ReadManner, ReadPlace, Rpc } from './contract.ts'
import { answerTimeoutMs, MethodRead, type ReadSetup } from './method-read.ts'
import type { MethodEntry, Methods } from './method-table.ts'
import type { Places } from './places.ts'
import type { Routing } from './routing.ts'

export interface RpcServiceSetup extends ReadSetup {
  readonly places: Places
  readonly routing: Routing
  readonly methods: () => Methods
  readonly serve: (consensus: Consensus) => void
  readonly portLimits: PortLimits
}

const never = new AbortController().signal

/** What features use to read and write wherever that has to be done. */
export class RpcService implements Rpc {
  readonly #setup: RpcServiceSetup

  constructor(setup: RpcServiceSetup) {
    this.#setup = setup
  }

  read<Asked, Request extends ReadRequest, Reply extends QueryMeta, Value>(
    method: ReadMethod<Asked, Request, Reply, Value>,
    asked: Asked,
  ): Read<Value> {
    return new MethodRead(this.#setup, method, asked)
  }

  serve(consensus: Consensus): void {
    this.#setup.serve(consensus)
  }

  get clientCalls(): ClientCalls {
    return this.#setup.routing.clientCalls
  }

  get portLimits(): PortLimits {
    return this.#setup.portLimits
  }

  place(manner: ReadManner): ReadPlace {
    return this.#setup.places.ofRead(manner)
  }

  call<Request, Reply>(
    method: Method<Request, Reply>,
    request: Request,
    until: AbortSignal | Holder = never,
  ): Promise<Reply> {
    const holder = until instanceof AbortSignal ? undefined : until
    const signal = until instanceof AbortSignal ? until : never
    const { methods, routing, here } = this.#setup
    const entry = methods().get(method.name)
    assert(entry.kind !== 'live', `${method.name} is read, not called`)
    const manner = mannerOf(request as Addressed)
    return routing.run({
      name: method.name,
      kind: entry.kind,
      manner,
      timeoutMs: answerTimeoutMs,
      blocks: false,
      signal,
      holder,
      here: () => here().run(entry, request, manner, signal) as Reply | Promise<Reply>,
      body: () => method.request.encode(request),
      arrived: (reply) => method.reply.decode(reply),
    })
  }

  /** The encoded reply to another agent's call. */
  async answer(name: string, body: Buffer, signal: AbortSignal): Promise<Buffer> {
    const { methods, routing, here } = this.#setup
    const entry = methods().get(name)
    const request: unknown = entry.method.request.decode(body)
    const course = courseOf(entry, request)
    return routing.run({
      ...course,
      signal,
      here: () => here().answer(entry, request, course.manner, signal),
      body: () => body,
      arrived: (reply) => reply,
    })
  }
}

/** Fields of requests that say where they belong. */
type Addressed = Partial<QueryOptions & { readonly Datacenter: string }>

/** Where a request goes and how long it may take. */
function courseOf(entry: MethodEntry, request: unknown) {
  const asked = request as Addressed
  const { MinQueryIndex = 0, MaxQueryTime = 0 } = asked
  const blocks = entry.kind === 'live' && MinQueryIndex > 0
  return {
    name: entry.method.name,
    kind: entry.kind,
    manner: mannerOf(asked),
    timeoutMs: blocks ? holdTimeoutMs(MaxQueryTime) : answerTimeoutMs,
    blocks,
  }
}

function mannerOf({ Datacenter = '', AllowStale, RequireConsistent }: Addressed): ReadManner {
  const consistency = RequireConsistent ? 'consistent' : AllowStale ? 'stale' : 'default'
  return { datacenter: Datacenter, consistency }
}

/** A little more than the server may let the call wait (protocol/servers.md §5.3). */
function holdTimeoutMs(maxQueryTime: number): number {
  const askedMs = maxQueryTime / 1e6
  return (askedMs <= 0 ? 300_000 : Math.min(askedMs, 600_000)) * (1 + 1 / 16) + answerTimeoutMs
}
