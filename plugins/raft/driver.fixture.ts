import { ProconsulError } from '../../src/kernel/errors.ts'
import { seededRandom } from '../../src/testing/seeded-random.ts'
import { VirtualClock } from '../../src/testing/virtual-clock.ts'
import type { StateMachine } from './contract.ts'
import { coreDefaults } from './core/state.ts'
import { RaftDriver } from './driver.ts'
import type { DriverEvents, DriverOptions } from './driver-options.ts'
import { snapshotDefaults } from './snapshots/policy.ts'
import { MemoryLogStore } from './storage/memory.ts'

const self = { id: 'a', address: '127.0.0.1:8300', suffrage: 'voter' } as const

/** Keeps every command it was given. `refuse …` is refused, `break …` is a bug. */
export class ListMachine implements StateMachine {
  items: string[] = []

  apply(index: number, _term: number, data: Buffer): unknown {
    const text = data.toString()
    if (text.startsWith('refuse')) throw new ProconsulError(`refused: ${text}`)
    if (text.startsWith('break')) throw new TypeError(`bug: ${text}`)
    this.items.push(text)
    return `${index}: ${text}`
  }

  snapshot() {
    const items = this.items.slice()
    return { records: records(items) }
  }

  async restore(stream: AsyncIterable<Buffer>): Promise<void> {
    const items: string[] = []
    let header = true
    for await (const record of stream) {
      if (!header) items.push(record.toString('utf8', 4))
      header = false
    }
    this.items = items
  }
}

/** An empty map as header; each item as type byte 2 and a msgpack raw string. */
function* records(items: readonly string[]): Generator<Buffer> {
  yield Buffer.of(0x80)
  for (const item of items)
    yield Buffer.concat([Buffer.of(2, 0xda, item.length >> 8, item.length & 255), Buffer.from(item)])
}

/** Waits for a condition, letting everything else run; the test's own time limit ends a wait for nothing. */
export async function until(condition: () => boolean, clock?: VirtualClock): Promise<void> {
  for (let turn = 0; !condition(); turn++) {
    if (turn > (clock ? 20_000 : 20_000_000)) throw new Error('the awaited condition did not come')
    if (clock) await clock.advance(1)
    else await new Promise((resolve) => setImmediate(resolve))
  }
}

/** A single server in memory, on a clock of its own, and what it told. */
export async function startDriver(other: Partial<DriverOptions> = {}) {
  const clock = new VirtualClock()
  const machine = new ListMachine()
  const told: string[] = []
  const events: DriverEvents = {
    event: (event) => told.push(event.kind === 'role' ? event.role : event.kind),
    leads: (term) => told.push(`leads ${term}`),
    batchApplied: () => told.push('batch'),
    stalled: (error) => told.push(error ? `stalled ${error.code}` : 'works again'),
    snapshotDamaged: (damaged) => told.push(damaged.message),
    snapshotFailed: (error) => told.push(`snapshot failed: ${error}`),
    fatal: (error) => told.push(`fatal ${(error as Error).message}`),
  }
  const options: DriverOptions = {
    core: { ...coreDefaults, id: 'a', heartbeatTimeoutMs: 1000, electionTimeoutMs: 1000, leaderLeaseMs: 500 },
    store: new MemoryLogStore(() => clock.wallMs()),
    machine,
    clock,
    random: seededRandom(1),
    snapshots: snapshotDefaults,
    bootstrap: [self],
    send: () => {},
    events,
    ...other,
  }
  const driver = await RaftDriver.start(options)
  return { driver, clock, machine, told, options }
}
