import type { Random } from '../../src/kernel/random.ts'
import { contentOf, type RegisterInput, type RegisterOperation, type RegisterOutput } from './checkers/register.ts'
import type { Found, Outcome } from './client-port.ts'
import type { SimulatedServer } from './server.ts'
import type { World } from './world.ts'

export interface WorkloadSetup {
  readonly world: World
  readonly random: Random
  readonly servers: readonly SimulatedServer[]
  readonly clients: number
  readonly keys: number
  readonly thinkMs: number
  /** Whether reads by lease are among what is asked for. */
  readonly leases: boolean
  readonly note: (who: string, what: () => string) => void
}

/** How a client behaves. Chances are in a hundred. */
interface ClientHabits {
  /** Chance of a request that is a read. */
  readonly reads: number
  /** Chance of asking someone else than whoever answered last, as clients behind a balancer do. */
  readonly wanders: number
  /** It gives up waiting after this. */
  readonly patienceMs: number
  /** Between two requests, on average; undefined leaves it to the seed. */
  readonly thinkMs: number | undefined
}

/** One that does a bit of everything; one that reads from a server for as long as that answers; one that looks for a leader. */
const allHabits: readonly ClientHabits[] = [
  { reads: 45, wanders: 5, patienceMs: 1500, thinkMs: undefined },
  { reads: 100, wanders: 0, patienceMs: 1500, thinkMs: 25 },
  { reads: 30, wanders: 50, patienceMs: 100, thinkMs: undefined },
]
/** On the way to a server and back, each. */
const wayMs = 2

/**
 * Clients that write, check-and-set, delete and read a few keys, one request at a time each, and note what they were told. They know
 * no more of the cluster than real ones: they ask whoever answered last, and someone else when that one does not lead.
 */
export class Workload {
  readonly history: RegisterOperation[] = []
  readonly counts = { requests: 0, done: 0, refused: 0, unknown: 0 }
  readonly #setup: WorkloadSetup
  readonly #clients: Client[]
  #values = 0

  constructor(setup: WorkloadSetup) {
    this.#setup = setup
    this.#clients = Array.from({ length: setup.clients }, (_, number) => new Client(number, setup, this))
  }

  start(): void {
    for (const client of this.#clients) client.think()
  }

  /** No more requests; those under way run to their end. */
  stop(): void {
    for (const client of this.#clients) client.stopped = true
  }

  get idle(): boolean {
    return this.#clients.every((client) => client.idle)
  }

  /** One read of every key, to pin down what is there in the end. Calls `done` when all are answered. */
  readAll(done: () => void): void {
    let left = this.#setup.keys
    for (let key = 0; key < this.#setup.keys; key++) {
      const client = new Client(this.#setup.clients + key, this.#setup, this)
      client.insist({ key: `k${key}`, op: 'read' }, () => {
        left--
        if (left === 0) done()
      })
    }
  }

  freshValue(): string {
    return `v${++this.#values}`
  }

  record(operation: RegisterOperation): void {
    this.history.push(operation)
  }
}

class Client {
  stopped = false
  idle = true
  readonly #number: number
  readonly #habits: ClientHabits
  readonly #setup: WorkloadSetup
  readonly #workload: Workload
  #server: SimulatedServer
  /** What it read last of each key. */
  readonly #seen = new Map<string, Found>()

  constructor(number: number, setup: WorkloadSetup, workload: Workload) {
    this.#number = number
    this.#habits = allHabits[setup.leases ? number % allHabits.length : 0]!
    this.#setup = setup
    this.#workload = workload
    this.#server = setup.servers[number % setup.servers.length]!
  }

  /** Thinks, and asks for something; later when the last answer was no help. */
  think(longerMs = 0): void {
    const { world, random } = this.#setup
    const thinkMs = this.#habits.thinkMs ?? this.#setup.thinkMs
    if (this.stopped) return
    world.after(longerMs + thinkMs * 2 * random.fraction(), () => {
      if (!this.stopped) this.#request(this.#choose(), (answered) => this.think(answered ? 0 : 100 * random.fraction()))
    })
  }

  /** Asks until there is an answer. */
  insist(input: RegisterInput, done: () => void): void {
    this.#request(input, (answered) => {
      if (answered) done()
      else this.#setup.world.after(50, () => this.insist(input, done))
    })
  }

  #choose(): RegisterInput {
    const { random, keys } = this.#setup
    const key = `k${random.below(keys)}`
    const chance = random.below(100)
    const { reads } = this.#habits
    if (chance < reads) return { key, op: 'read' }
    if (chance < reads + 25) return { key, op: 'set', value: this.#workload.freshValue() }
    const expected = contentOf(this.#seen.get(key))
    if (chance < 90) return { key, op: 'cas', expected, value: this.#workload.freshValue() }
    return chance < 95 ? { key, op: 'delete' } : { key, op: 'delete-cas', expected }
  }

  #request(input: RegisterInput, next: (answered: boolean) => void): void {
    const { world, random, servers } = this.#setup
    const { counts } = this.#workload
    const calledAt = world.steps
    this.idle = false
    counts.requests++
    let settled = false
    const settle = (outcome: Outcome<RegisterOutput>) => {
      if (settled) return
      settled = true
      cancel()
      this.#settle(input, calledAt, outcome)
      this.idle = true
      next(outcome.kind === 'done')
    }
    const cancel = world.after(this.#habits.patienceMs, () => settle({ kind: 'unknown' }))
    const back = (outcome: Outcome<RegisterOutput>) =>
      void world.after(wayMs * random.fraction(), () => settle(outcome))
    if (random.below(100) < this.#habits.wanders) this.#server = servers[random.below(servers.length)]!
    const server = this.#server
    // Now, since a late answer to an earlier read may change what was seen while this is on its way.
    const index = 'expected' in input && input.expected !== undefined ? this.#seen.get(input.key)!.modifyIndex : 0
    world.after(wayMs * random.fraction(), () => this.#ask(server, input, index, back))
  }

  #ask(
    server: SimulatedServer,
    input: RegisterInput,
    index: number,
    back: (outcome: Outcome<RegisterOutput>) => void,
  ): void {
    if (!server.up) back({ kind: 'refused', reason: 'nobody listens' })
    else if (input.op === 'read') {
      const { leases, random } = this.#setup
      server.desk.read(input.key, leases && random.below(3) > 0 ? 'lease' : 'round', (outcome) => {
        if (outcome.kind !== 'done') return back(outcome)
        this.#seen.set(input.key, outcome.result)
        back({ kind: 'done', result: { value: contentOf(outcome.result) } })
      })
    } else this.#write(server, input, index, back)
  }

  #write(
    server: SimulatedServer,
    input: Exclude<RegisterInput, { op: 'read' }>,
    index: number,
    back: (outcome: Outcome<RegisterOutput>) => void,
  ): void {
    const data = server.machine.encode(input.op, input.key, 'value' in input ? input.value : '', index)
    const conditional = input.op === 'cas' || input.op === 'delete-cas'
    server.desk.write(data, (outcome) => {
      if (outcome.kind !== 'done') return back(outcome)
      back({ kind: 'done', result: conditional ? { held: outcome.result === true } : { done: true } })
    })
  }

  #settle(input: RegisterInput, calledAt: number, outcome: Outcome<RegisterOutput>): void {
    const { world, random, servers, note } = this.#setup
    const workload = this.#workload
    const client = this.#number
    workload.counts[outcome.kind]++
    note(`client ${client}`, () => `${describe(input)} ${describeOutcome(outcome)}`)
    if (outcome.kind !== 'done') {
      const named = servers.find(({ id }) => id === this.#server.desk.leader)
      this.#server = named !== undefined && named !== this.#server ? named : servers[random.below(servers.length)]!
    }
    if (outcome.kind === 'done') {
      workload.record({ client, input, output: outcome.result, calledAt, returnedAt: world.steps })
    } else if (outcome.kind === 'unknown' && input.op !== 'read') {
      workload.record({ client, input, output: undefined, calledAt, returnedAt: Number.POSITIVE_INFINITY })
    }
  }
}

function describe(input: RegisterInput): string {
  const expected = 'expected' in input ? ` if ${input.expected ?? 'absent'}` : ''
  return `${input.op} ${input.key}${'value' in input ? ` = ${input.value}` : ''}${expected}:`
}

function describeOutcome(outcome: Outcome<RegisterOutput>): string {
  if (outcome.kind === 'refused') return `refused, ${outcome.reason}`
  if (outcome.kind === 'unknown') return 'no answer'
  if ('value' in outcome.result) return outcome.result.value ?? 'nothing there'
  return 'held' in outcome.result ? (outcome.result.held ? 'done' : 'not as expected') : 'done'
}
