import { goQuote } from '../../src/filter/go-text.ts'
import type { TxnSessionOp } from '../../src/wire/structs/txn.ts'
import type { TxnParticipant } from '../txn/contract.ts'
import { forgetSession } from './commands.ts'
import { SessionRefusedError } from './errors.ts'

/** Sessions in transactions: they can be taken away, and nothing else (protocol/servers.md §13.2). */
export const sessionTransactions: TxnParticipant<TxnSessionOp> = {
  isWrite: () => true,
  prepare: (op) => op,
  apply(tx, { Verb, Session }) {
    if (Verb !== 'delete') throw unknownVerb(Verb)
    forgetSession(tx, Session.ID)
    return []
  },
  read(_view, { Verb }) {
    throw unknownVerb(Verb)
  },
}

function unknownVerb(verb: string): SessionRefusedError {
  return new SessionRefusedError(`unknown Session verb ${goQuote(verb)}`)
}
