import { definePlugin } from '../../src/kernel/plugin.ts'
import { TxnRequest } from '../../src/wire/structs/txn.ts'
import { TxnOperations } from './operations.ts'
import { txnRoutes } from './routes.ts'
import { addTxnMethods } from './rpc.ts'

/** Several operations as one: all of them or none. */
export default definePlugin({
  name: 'txn',
  summary: 'transactions over keys, nodes, services and checks',
  requires: ['state', 'consensus', 'node', 'kvTransactions', 'catalogTransactions', 'rpc'],
  wants: ['sessionTransactions'],
  options: {
    requestSizeMax: {
      type: 'integer',
      key: 'limits.txn_max_req_len',
      default: 512 * 1024,
      min: 1,
      max: 64 * 1024 * 1024,
      help: 'Most bytes the body of a transaction may have; at least limits.kv_max_value_size is accepted.',
    },
  },
  setup(agent, options) {
    const { hooks, services } = agent
    const state = services.get('state')
    const consensus = services.get('consensus')
    const { datacenter } = services.get('node')
    const kv = services.get('kvTransactions')
    const catalog = services.get('catalogTransactions')
    const operations = new TxnOperations({
      KV: kv,
      Node: catalog.node,
      Service: catalog.service,
      Check: catalog.check,
      Session: services.find('sessionTransactions'),
    })

    state.defineCommand({ name: 'Txn', type: 8, struct: TxnRequest })
    hooks.apply.for('Txn').tap('txn', (tx, { Ops }) => operations.apply(tx, Ops ?? []))

    const rpc = services.get('rpc')
    hooks.rpcMethods.tap('txn', (methods) => addTxnMethods(methods, { store: state.store, consensus, operations }))

    const { valueBytesMax } = kv
    const bodyBytesMax = Math.max(options.requestSizeMax, valueBytesMax)
    hooks.httpRoutes.tap('txn', (routes) =>
      routes.add(...txnRoutes({ rpc, operations, datacenter, valueBytesMax, bodyBytesMax })),
    )
  },
})
