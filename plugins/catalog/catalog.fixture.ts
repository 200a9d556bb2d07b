import { Store } from '../../src/store/store.ts'
import { DeregisterRequest, RegisterRequest } from '../../src/wire/structs/catalog.ts'
import { applyDeregister, applyRegister } from './commands.ts'
import { prepareRegister } from './register.ts'
import { checks, nodes, services } from './tables.ts'

/** A catalog that carries out requests as a server does: prepared, encoded, decoded, applied at the index given. */
export class TestCatalog {
  store: Store

  constructor(store = new Store([nodes, services, checks], { queries: { schedule: () => {} } })) {
    this.store = store
  }

  /** A registration in the JSON of `/v1/catalog/register`; `Address` may be left out. */
  register(index: number, request: Record<string, unknown>): void {
    const whole = RegisterRequest.fromJson({ Datacenter: 'dc1', Address: '192.0.2.1', ...request })
    const logged = RegisterRequest.decode(RegisterRequest.encode(prepareRegister(whole)))
    this.store.transact(index, (tx) => applyRegister(tx, logged))
  }

  deregister(index: number, request: Partial<Record<string, string>>): void {
    const logged = DeregisterRequest.decode(DeregisterRequest.encode(DeregisterRequest.fromJson(request)))
    this.store.transact(index, (tx) => applyDeregister(tx, logged))
  }

  indexes(): Record<string, number> {
    return Object.fromEntries(this.store.latest.tableIndexes().map(({ Key, Value }) => [Key, Value]))
  }

  node(key: string) {
    return this.store.latest.table(nodes).get(key)
  }

  /** Everything, to compare with that of another catalog. */
  content() {
    const { latest } = this.store
    const tables = [latest.table(nodes), latest.table(services), latest.table(checks)]
    return [...tables.map((table) => table.list()), latest.tableIndexes()]
  }
}
