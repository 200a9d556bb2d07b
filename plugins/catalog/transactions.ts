import { goQuote } from '../../src/filter/go-text.ts'
import { keyOf } from '../../src/store/keys.ts'
import type { View } from '../../src/store/view.ts'
import type { HealthCheck, Node } from '../../src/wire/structs/catalog.ts'
import { type TxnCheckOp, type TxnNodeOp, TxnResult, type TxnServiceOp } from '../../src/wire/structs/txn.ts'
import type { TxnParticipant } from '../txn/contract.ts'
import { deleteCheck, ensureCheck } from './check-rows.ts'
import type { CatalogTransactions, ServiceRow } from './contract.ts'
import { CatalogRefusedError } from './errors.ts'
import { deleteNode, ensureNode } from './node-rows.ts'
import { prepareCheck, prepareService, requireNode } from './register.ts'
import { deleteService, ensureService } from './service-rows.ts'
import { checks, lookupName, nodes, services } from './tables.ts'

/** What sets one kind of row apart from the others; the verbs are the same for all (protocol/servers.md §13.2). */
interface RowKind<Op, Row> {
  /** As refusals of unknown verbs name it. */
  readonly kind: string
  /** The row in a sentence: `service "web" on node "n1"`. */
  describe(op: Op): string
  /** The row that a write of this operation meets. */
  find(view: View, op: Op): Row | undefined
  /** The row to show. */
  show(view: View, op: Op): Row | undefined
  /** ModifyIndex that `cas` and `delete-cas` expect. */
  expected(op: Op): number
  readonly prepare: (op: Op) => Op
  readonly ensure: (tx: Parameters<typeof ensureNode>[0], op: Op) => void
  readonly remove: (tx: Parameters<typeof ensureNode>[0], op: Op) => void
  result(row: Row): TxnResult
}

const nodeRows: RowKind<TxnNodeOp, Node> = {
  kind: 'Node',
  describe: ({ Node }) => `node ${goQuote(Node.Node)}`,
  find: (view, { Node }) => view.table(nodes).get(lookupName(Node.Node)),
  show(view, op) {
    const { ID } = op.Node
    return ID === '' ? nodeRows.find(view, op) : view.table(nodes).index('byId').first(lookupName(ID))
  },
  expected: ({ Node }) => Node.ModifyIndex,
  prepare(op) {
    requireNode(op.Node.Node, op.Node.ID)
    return op
  },
  ensure: (tx, { Node }) => ensureNode(tx, Node, false),
  remove: (tx, { Node }) => deleteNode(tx, Node.Node),
  result: (Node) => ({ ...TxnResult.zero(), Node }),
}

const serviceRows: RowKind<TxnServiceOp, ServiceRow> = {
  kind: 'Service',
  describe: ({ Node, Service }) => `service ${goQuote(Service.ID)} on node ${goQuote(Node)}`,
  find: (view, { Node, Service }) => view.table(services).get(keyOf(lookupName(Node), lookupName(Service.ID))),
  show: (view, op) => serviceRows.find(view, op),
  expected: ({ Service }) => Service.ModifyIndex,
  prepare: (op) => ({ ...op, Service: prepareService(op.Service) }),
  ensure: (tx, { Node, Service }) => ensureService(tx, Node, Service),
  remove: (tx, { Node, Service }) => deleteService(tx, Node, Service.ID),
  result: (Service) => ({ ...TxnResult.zero(), Service }),
}

const checkRows: RowKind<TxnCheckOp, HealthCheck> = {
  kind: 'Check',
  describe: ({ Check }) => `check ${goQuote(Check.CheckID)} on node ${goQuote(Check.Node)}`,
  find: (view, { Check }) => view.table(checks).get(keyOf(lookupName(Check.Node), lookupName(Check.CheckID))),
  show: (view, op) => checkRows.find(view, op),
  expected: ({ Check }) => Check.ModifyIndex,
  prepare: (op) => ({ ...op, Check: prepareCheck(op.Check, op.Check.Node) }),
  ensure: (tx, { Check }) => ensureCheck(tx, Check),
  remove: (tx, { Check }) => deleteCheck(tx, Check.Node, Check.CheckID),
  result: (Check) => ({ ...TxnResult.zero(), Check }),
}

/** Nodes, services and checks in transactions. */
export const catalogTransactions: CatalogTransactions = {
  node: participant(nodeRows),
  service: participant(serviceRows),
  check: participant(checkRows),
}

function participant<Op extends { readonly Verb: string }, Row extends { readonly ModifyIndex: number }>(
  rows: RowKind<Op, Row>,
): TxnParticipant<Op> {
  function shown(view: View, op: Op): TxnResult[] {
    const row = rows.show(view, op)
    return row === undefined ? [] : [rows.result(row)]
  }

  function read(view: View, op: Op): TxnResult[] {
    if (op.Verb !== 'get') throw new CatalogRefusedError(`unknown ${rows.kind} verb ${goQuote(op.Verb)}`)
    const found = shown(view, op)
    if (found.length === 0) throw new CatalogRefusedError(`${rows.describe(op)} doesn't exist`)
    return found
  }

  return {
    isWrite: ({ Verb }) => Verb !== 'get',
    prepare: (op) => (op.Verb === 'get' ? op : rows.prepare(op)),
    read,
    apply(tx, op) {
      switch (op.Verb) {
        case 'cas':
          // An expected index of 0 asks for a row that is not there.
          if ((rows.find(tx, op)?.ModifyIndex ?? 0) !== rows.expected(op)) throw stale('set', rows.describe(op))
          rows.ensure(tx, op)
          return shown(tx, op)
        case 'set':
          rows.ensure(tx, op)
          return shown(tx, op)
        case 'delete-cas':
          // Unlike a key, a row that is gone does not count as deleted.
          if (rows.find(tx, op)?.ModifyIndex !== rows.expected(op)) throw stale('delete', rows.describe(op))
          rows.remove(tx, op)
          return []
        case 'delete':
          rows.remove(tx, op)
          return []
        default:
          return read(tx, op)
      }
    },
  }
}

function stale(verb: 'set' | 'delete', row: string): CatalogRefusedError {
  return new CatalogRefusedError(`failed to ${verb} ${row}, index is stale`)
}
