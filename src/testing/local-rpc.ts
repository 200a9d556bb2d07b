import type { MethodTable, ReadManner, Rpc } from '../../plugins/rpc/contract.ts'
import { definePlugin } from '../kernel/plugin.ts'
import type { Store } from '../store/store.ts'
import { NoPathToDatacenterError } from '../wire/cluster-errors.ts'

const answered = { known: true, lastContactMs: 0 }

/** For tests of features: methods that all run here, at once, as on a server on its own in datacenter `dc1`. */
export class LocalRpc implements Rpc, MethodTable {
  readonly #store: Store
  // biome-ignore lint/suspicious/noExplicitAny: methods of every type
  readonly #run = new Map<string, (request: any, context: { readonly signal: AbortSignal }) => unknown>()

  /** Called before the first call, to collect the methods. */
  readonly #fill: (methods: MethodTable) => void
  #filled = false

  constructor(store: Store, fill: (methods: MethodTable) => void = () => {}) {
    this.#store = store
    this.#fill = fill
  }

  reads(): void {}

  readonly clientCalls = { tried: 0, exceeded: 0, failed: 0 }
  readonly portLimits = { handshakeMs: 5000, connectionsPerClient: 100 }

  serve(): void {}

  add: MethodTable['add'] = (method, _place, run) => {
    this.#run.set(method.name, run)
  }

  read: Rpc['read'] = (method, asked) => {
    const query = this.#store.queries.ask(method.question(asked))
    const fetch = async (manner: ReadManner) => {
      if (this.place(manner) === 'away') throw new NoPathToDatacenterError()
      return { answer: query.current(), contact: answered }
    }
    return { query, fetch, wait: (_minIndex, _waitMs, manner) => fetch(manner) }
  }

  place: Rpc['place'] = ({ datacenter }) => (datacenter.toLowerCase() === 'dc1' ? 'here' : 'away')

  call: Rpc['call'] = async (method, request, until) => {
    const signal = until instanceof AbortSignal ? until : new AbortController().signal
    if (!this.#filled) this.#fill(this)
    this.#filled = true
    const run = this.#run.get(method.name)
    const { Datacenter = '' } = request as { readonly Datacenter?: string }
    if (Datacenter !== '' && Datacenter.toLowerCase() !== 'dc1') throw new NoPathToDatacenterError()
    if (run === undefined) throw new Error(`no test has added ${method.name}`)
    return (await run(request, { signal })) as never
  }
}

/** The same as a plugin: `rpc` of an agent that is wholly in a test. */
export const localRpc = definePlugin({
  name: 'rpc',
  provides: ['rpc'],
  requires: ['state'],
  setup({ services, hooks }) {
    services.provide('rpc', new LocalRpc(services.get('state').store, (methods) => hooks.rpcMethods.call(methods)))
  },
})
