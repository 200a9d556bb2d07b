import { Agent } from 'node:http'
import {
  checkRegisters,
  type RegisterInput,
  type RegisterOperation,
  type RegisterOutput,
} from '../simulation/checkers/register.ts'
import type { Answer, Request } from './http.ts'

/** Answers that say for certain that nothing was written. */
const refusals = [/No cluster leader/, /nothing was written/]
/** A client that waits longer than this gives up, and does not know what became of its request. */
const patienceMs = 2000

/** Agents that clients may ask. */
export interface Workplace<Member> {
  readonly members: readonly Member[]
  ask(member: Member, path: string, request?: Request): Promise<Answer>
  /** One that answers, once there is one. */
  leader(): Promise<Member>
}

/**
 * Clients that write and read keys through whichever server leads, and note what they were answered. Reads are the linearizable
 * ones (`?consistent`).
 */
export class RaftWorkload<Member> {
  readonly #cluster: Workplace<Member>
  readonly #keys: number
  readonly #history: RegisterOperation[] = []
  readonly #agent = new Agent({ keepAlive: true })
  readonly #running: Promise<void>[]
  #stopped = false
  #values = 0
  #clients: number
  acknowledged = 0

  constructor(cluster: Workplace<Member>, { clients = 4, keys = 6 } = {}) {
    this.#cluster = cluster
    this.#keys = keys
    this.#clients = clients
    this.#running = Array.from({ length: clients }, (_, client) => this.#run(client))
  }

  /** Waits until so many more writes are acknowledged. */
  async progress(writes: number, withinMs = 20_000): Promise<void> {
    const goal = this.acknowledged + writes
    const deadline = performance.now() + withinMs
    while (this.acknowledged < goal) {
      if (performance.now() > deadline) throw new Error(`${goal - this.acknowledged} of ${writes} writes were not made`)
      await pause(20)
    }
  }

  /** Ends the clients, reads every key once more, and says what the history is: a linearizable one has lost nothing. */
  async finish(): Promise<{ readonly verdicts: readonly string[]; readonly operations: number }> {
    this.#stopped = true
    await Promise.all(this.#running)
    const leader = await this.#cluster.leader()
    for (let key = 0; key < this.#keys; key++) {
      const read = await this.#attempt(leader, this.#clients++, { key: `k${key}`, op: 'read' })
      if (read !== 'done') throw new Error(`k${key} could not be read at the end`)
    }
    this.#agent.destroy()
    return { verdicts: [...checkRegisters(this.#history).values()], operations: this.#history.length }
  }

  async #run(first: number): Promise<void> {
    const { members } = this.#cluster
    let client = first
    let at = first
    for (let turn = 0; !this.#stopped; turn++) {
      const key = `k${(first + turn * 5) % this.#keys}`
      const input: RegisterInput =
        turn % 3 === 2 ? { key, op: 'read' } : { key, op: 'set', value: `v${++this.#values}` }
      const outcome = await this.#attempt(members[at % members.length]!, client, input)
      // Its last request may yet take effect, while a client makes one at a time: so it goes on as another.
      if (outcome === 'unknown') client = this.#clients++
      if (outcome !== 'done') {
        at++
        await pause(10)
      }
    }
  }

  async #attempt(member: Member, client: number, input: RegisterInput): Promise<'done' | 'refused' | 'unknown'> {
    const calledAt = performance.now()
    const note = (output: RegisterOutput | undefined) => {
      const returnedAt = output === undefined ? Number.POSITIVE_INFINITY : performance.now()
      this.#history.push({ client, input, output, calledAt, returnedAt })
    }
    const read = input.op === 'read'
    const path = `/v1/kv/${input.key}${read ? '?raw&consistent' : ''}`
    const request = { signal: AbortSignal.timeout(patienceMs), agent: this.#agent }
    try {
      const { status, body } = await this.#cluster.ask(
        member,
        path,
        input.op === 'set' ? { ...request, method: 'PUT', body: input.value } : request,
      )
      if (read && (status === 200 || status === 404)) note({ value: status === 200 ? body : undefined })
      else if (status === 200) {
        note({ done: true })
        this.acknowledged++
      } else if (read || refusals.some((refusal) => refusal.test(body))) return 'refused'
      else {
        note(undefined)
        return 'unknown'
      }
      return 'done'
    } catch (error) {
      if (read || (error as { code?: string }).code === 'ECONNREFUSED') return 'refused'
      note(undefined)
      return 'unknown'
    }
  }
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
