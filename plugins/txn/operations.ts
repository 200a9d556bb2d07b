import { ProconsulError } from '../../src/kernel/errors.ts'
import type { Transaction } from '../../src/store/transaction.ts'
import type { View } from '../../src/store/view.ts'
import type {
  TxnCheckOp,
  TxnError,
  TxnKVOp,
  TxnNodeOp,
  TxnOp,
  TxnResult,
  TxnServiceOp,
  TxnSessionOp,
} from '../../src/wire/structs/txn.ts'
import type { TxnParticipant } from './contract.ts'
import { TxnFailedError, TxnRefusedError } from './errors.ts'

/** Who carries out which kind of operation. Sessions may be missing. */
export interface TxnParticipants {
  readonly KV: TxnParticipant<TxnKVOp>
  readonly Node: TxnParticipant<TxnNodeOp>
  readonly Service: TxnParticipant<TxnServiceOp>
  readonly Check: TxnParticipant<TxnCheckOp>
  readonly Session: TxnParticipant<TxnSessionOp> | undefined
}

/** In the order in which Consul looks for what an operation is. */
const kinds = ['KV', 'Node', 'Service', 'Check', 'Session'] as const

/** The operations of a transaction: told apart, prepared, and carried out in order, all or none. */
export class TxnOperations {
  readonly #participants: TxnParticipants

  constructor(participants: TxnParticipants) {
    this.#participants = participants
  }

  /** True when nothing is written, so that the log need not hear of it. */
  areReads(ops: readonly TxnOp[]): boolean {
    return !ops.some((op) => this.#of(op, (participant, part) => participant.isWrite(part)))
  }

  /** The operations as they go into the log. Throws a TxnFailedError that names each one refused. */
  prepare(ops: readonly TxnOp[]): TxnOp[] {
    return collect(ops, (op) => [
      this.#of(op, (participant, part, kind) => ({ ...op, [kind]: participant.prepare(part) })),
    ])
  }

  /** Carries out every operation. Throws a TxnFailedError, upon which the caller rolls back. */
  apply(tx: Transaction, ops: readonly TxnOp[]): TxnResult[] {
    return collect(ops, (op) => this.#of(op, (participant, part) => participant.apply(tx, part)))
  }

  /** Carries out operations that only read. Throws a TxnFailedError. */
  read(view: View, ops: readonly TxnOp[]): TxnResult[] {
    return collect(ops, (op) => this.#of(op, (participant, part) => participant.read(view, part)))
  }

  #of<T>(op: TxnOp, use: (participant: TxnParticipant<unknown>, part: unknown, kind: string) => T): T {
    const kind = kinds.find((name) => op[name] !== null)
    if (kind === undefined) throw new TxnRefusedError('no operation specified')
    const participant = this.#participants[kind] as TxnParticipant<unknown> | undefined
    if (participant === undefined) throw new TxnRefusedError(`unknown ${kind} verb ${JSON.stringify(op[kind]!.Verb)}`)
    return use(participant, op[kind], kind)
  }
}

/** The results of all in order, or every refusal with the number of its operation. A bug in one is thrown as it is. */
function collect<T>(ops: readonly TxnOp[], run: (op: TxnOp) => readonly T[]): T[] {
  const results: T[] = []
  const errors: TxnError[] = []
  for (const [OpIndex, op] of ops.entries()) {
    try {
      results.push(...run(op))
    } catch (error) {
      if (!(error instanceof ProconsulError)) throw error
      errors.push({ OpIndex, What: error.message })
    }
  }
  if (errors.length > 0) throw new TxnFailedError(errors)
  return results
}
