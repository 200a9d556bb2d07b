import type { Session, SessionRequest } from '../../src/wire/structs/session.ts'

/**
 * A feature that ties something to sessions taps `hooks.change` of the table `sessions`: a row that goes is a session that
 * ended, and its `Behavior` says what becomes of its locks. `release` and `delete` are Consul's; with an empty one they
 * stay as they are, which is what a transaction's `delete` asks for (protocol/servers.md §13.2).
 *
 * Whether a session exists is asked through `sessionLookup` (plugins/kv/contract.ts); transactions meet sessions through
 * `sessionTransactions` (plugins/txn/contract.ts).
 */
declare module '../../src/kernel/hooks.ts' {
  interface Commands {
    Session: SessionRequest
  }
  interface Tables {
    sessions: Session
  }
}
