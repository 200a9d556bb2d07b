import type { Transaction } from '../../src/store/transaction.ts'
import type { View } from '../../src/store/view.ts'
import type { TxnRequest, TxnResult, TxnSessionOp } from '../../src/wire/structs/txn.ts'

/**
 * What a feature lets transactions do with its rows: one of these for each kind of operation (protocol/servers.md §13.2).
 * A refusal is a ProconsulError whose message becomes the operation's `What`, in Consul's words.
 */
export interface TxnParticipant<Op> {
  /** True for operations that have to go through the log. Verbs nobody knows are a matter of the kind, as in Consul. */
  isWrite(op: Op): boolean
  /**
   * What the leader makes of an operation before it goes into the log: fills in what is left out, and refuses what cannot
   * be right. Asked for reads too.
   */
  prepare(op: Op): Op
  /** Carries out any operation, reads included, and gives its results. Deterministic: it sees the transaction and no clock. */
  apply(tx: Transaction, op: Op): readonly TxnResult[]
  /** Carries out an operation that is no write. */
  read(view: View, op: Op): readonly TxnResult[]
}

declare module '../../src/kernel/services.ts' {
  interface Services {
    /** Provided by the plugin that keeps sessions. */
    sessionTransactions: TxnParticipant<TxnSessionOp>
  }
}

declare module '../../src/kernel/hooks.ts' {
  interface Commands {
    Txn: TxnRequest
  }
}
