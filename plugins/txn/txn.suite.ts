import { Store } from '../../src/store/store.ts'
import { list, message } from '../../src/wire/schema.ts'
import { TxnOpBody, TxnRequest, type TxnResult } from '../../src/wire/structs/txn.ts'
import { checks, nodes, services } from '../catalog/tables.ts'
import { catalogTransactions } from '../catalog/transactions.ts'
import { kvs, tombstones } from '../kv/tables.ts'
import { kvTransactions } from '../kv/transactions.ts'
import { TxnFailedError } from './errors.ts'
import { TxnOperations } from './operations.ts'
import { txnOps } from './request.ts'

export const session = 'adadadad-0000-4000-8000-000000000001'

/** A key in its lock-delay. */
export const lateKey = 'late'

export const operations = new TxnOperations({
  KV: kvTransactions({
    sessions: { has: (_tx, id) => id === session },
    valueBytesMax: 1024,
    lockDelayed: (key) => key === lateKey,
  }),
  Node: catalogTransactions.node,
  Service: catalogTransactions.service,
  Check: catalogTransactions.check,
  Session: undefined,
})

/** A server's tables, and transactions in the JSON of `/v1/txn` carried out as a server does: parsed, prepared, logged, applied. */
export class TestTxn {
  readonly store = new Store([kvs, tombstones, nodes, services, checks], { queries: { schedule: () => {} } })

  /** Results, or the errors by the number of their operation. */
  run(index: number, body: unknown): readonly TxnResult[] | Record<number, string> {
    return told(() => {
      const Ops = operations.prepare(parse(body))
      const logged = TxnRequest.decode(TxnRequest.encode({ Datacenter: 'dc1', Ops, Token: '' }))
      return this.store.transact(index, (tx) => operations.apply(tx, logged.Ops ?? []))
    })
  }

  /** As `run`, without the log. */
  read(body: unknown): readonly TxnResult[] | Record<number, string> {
    return told(() => operations.read(this.store.latest, operations.prepare(parse(body))))
  }

  /** Everything, to compare with another. */
  content() {
    const { latest } = this.store
    const keys = [latest.table(kvs).list(), latest.table(tombstones).list()]
    const catalog = [latest.table(nodes).list(), latest.table(services).list(), latest.table(checks).list()]
    return [...keys, ...catalog, latest.tableIndexes()]
  }
}

const TxnBody = message(list(TxnOpBody))

export function parse(body: unknown) {
  return txnOps(TxnBody.fromJson(body), { datacenter: 'dc1', valueBytesMax: 1024 })
}

function told(run: () => readonly TxnResult[]): readonly TxnResult[] | Record<number, string> {
  try {
    return run()
  } catch (error) {
    if (!(error instanceof TxnFailedError)) throw error
    return Object.fromEntries(error.errors.map(({ OpIndex, What }) => [OpIndex, What]))
  }
}
