import { Guard } from '../../src/kernel/guard.ts'
import { createHooks } from '../../src/kernel/hooks.ts'
import { Log } from '../../src/kernel/log.ts'
import { seededRandom } from '../../src/testing/seeded-random.ts'
import { VirtualClock } from '../../src/testing/virtual-clock.ts'
import type { CheckDefinition, CheckRunner, ProbeResult } from '../health-checks/contract.ts'
import { AliasChecks } from './alias.ts'
import { FakeCatalog } from './catalog.fixture.ts'
import type { NodeFacts } from './difference.ts'
import { Registrar } from './registrar.ts'
import { RegistrationStorage } from './registration-storage.ts'
import { Registrations } from './registrations.ts'
import { CatalogSync } from './sync.ts'

/** Runs nothing: a test settles its checks itself. Knows the types `ttl`, `http`, `tcp`, `script` and `disk`. */
export class FakeRunner implements CheckRunner {
  readonly started = new Map<string, { definition: CheckDefinition; known: ProbeResult }>()
  readonly #settle = new Map<string, (result: ProbeResult) => void>()

  knows = (type: string) => ['ttl', 'http', 'tcp', 'script', 'disk'].includes(type)

  verify({ type }: CheckDefinition): void {
    if (!this.knows(type)) throw new Error(`unknown type ${type}`)
  }

  start(definition: CheckDefinition, known: ProbeResult, settled: (result: ProbeResult) => void): void {
    this.started.set(definition.id, { definition, known })
    this.#settle.set(definition.id, settled)
  }

  stop(id: string): void {
    this.started.delete(id)
    this.#settle.delete(id)
  }

  report(id: string, result: ProbeResult): void {
    const settle = this.#settle.get(id)
    if (settle === undefined) throw new Error(`no check ${id}`)
    settle(result)
  }

  has(id: string): boolean {
    return this.started.has(id)
  }
}

export const facts: NodeFacts = {
  ID: '6b4f5bd6-0b51-4f0b-9a6b-000000000001',
  Node: 'node-a',
  Address: '192.0.2.1',
  TaggedAddresses: { lan: '192.0.2.1', wan: '192.0.2.1' },
  Meta: { 'consul-network-segment': '' },
}

/** All of the plugin but its faces, on a catalog and a runner that only take notes. */
export function localAgent(options: { dataDir?: string; outputIntervalMs?: number; scripts?: boolean } = {}) {
  const lines: string[] = []
  const log = new Log({ level: 'debug', json: false, nowMs: () => 0, write: (line) => void lines.push(line) }).logger(
    'test',
  )
  const guard = new Guard((fault) => {
    throw fault.error
  })
  guard.admit('test')
  const hooks = createHooks(guard)
  const clock = new VirtualClock()
  const random = seededRandom(1)
  const server = new FakeCatalog()
  const runner = new FakeRunner()
  const registrations = new Registrations(() => clock.monotonicMs())
  const storage = new RegistrationStorage(options.dataDir, log, clock)
  const aliases = new AliasChecks(registrations, server.catalog, facts.Node)
  const registrar = new Registrar({
    registrations,
    storage,
    runner,
    aliases,
    hooks,
    log,
    nodeName: facts.Node,
    outputMaxBytes: 4096,
    scripts: { api: options.scripts ?? false, config: options.scripts ?? false },
  })
  const sync = new CatalogSync({
    registrations,
    catalog: server.catalog,
    node: () => facts,
    datacenter: 'dc1',
    outputIntervalMs: options.outputIntervalMs ?? 0,
    log,
    clock,
    random,
  })
  return { lines, hooks, clock, server, runner, registrations, storage, registrar, sync, log, aliases }
}
