import kvPlugin from '../../plugins/kv/index.ts'
import { entryRecords, tombstoneRecords } from '../../plugins/kv/snapshot.ts'
import { kvs } from '../../plugins/kv/tables.ts'
import type { StateMachine } from '../../plugins/raft/contract.ts'
import type { ReplicatedState } from '../../plugins/state/contract.ts'
import statePlugin from '../../plugins/state/index.ts'
import { Agent } from '../../src/kernel/agent.ts'
import type { Clock } from '../../src/kernel/clock.ts'
import { Log } from '../../src/kernel/log.ts'
import { type AnyPlugin, definePlugin } from '../../src/kernel/plugin.ts'
import type { Random } from '../../src/kernel/random.ts'
import { commandBody } from '../../src/wire/command.ts'
import { KVSRequest, type KvOp } from '../../src/wire/structs/kv.ts'

/** What the kv plugin asks of its surroundings before it can be set up; nothing here is called. */
const surroundings = definePlugin({
  name: 'surroundings',
  provides: ['consensus', 'node', 'rpc'],
  setup(agent) {
    agent.services.provide('consensus', {} as never)
    agent.services.provide('rpc', {} as never)
    agent.services.provide('node', { datacenter: 'dc1' } as never)
  },
})

/** What one server of the simulation replicates: the tables and commands of the real `state` and `kv` plugins. */
export class Machine implements StateMachine {
  readonly #state: ReplicatedState

  constructor(clock: Clock, random: Random) {
    const plugins = [statePlugin, kvPlugin, surroundings].map((plugin) => ({
      plugin: plugin as unknown as AnyPlugin,
      origin: 'bundled',
    }))
    const fail = (error: unknown) => {
      throw error
    }
    const log = new Log({ level: 'error', json: false, nowMs: () => 0, write: fail })
    const optionsOf = () => ({ valueSizeMax: 1024 })
    const agent = new Agent({ plugins, optionsOf, log, clock, random, onFatal: fail })
    this.#state = agent.services.find('state') as ReplicatedState
  }

  /** A fresh process: nothing is in memory any more. */
  forget(): void {
    this.#state.store.replaceWith(this.#state.store.blank())
  }

  apply(index: number, term: number, data: Buffer, extensions: Buffer | null): unknown {
    return this.#state.apply(index, term, data, extensions)
  }

  snapshot(): { readonly records: Iterable<Buffer> } {
    return this.#state.snapshot()
  }

  restore(records: AsyncIterable<Buffer>): Promise<void> {
    return this.#state.restore(records)
  }

  batchApplied(): void {
    this.#state.batchApplied()
  }

  /** A key as a client sees it. */
  read(key: string): { readonly value: string; readonly modifyIndex: number } | undefined {
    const row = this.#state.store.latest.table(kvs).get(key)
    return row && { value: row.Value, modifyIndex: row.ModifyIndex }
  }

  /** A command as it stands in the log. */
  encode(op: KvOp, key: string, value: string, modifyIndex = 0): Buffer {
    const entry = { LockIndex: 0, Key: key, Flags: 0, Value: Buffer.from(value), Session: '' }
    const request: KVSRequest = {
      Datacenter: 'dc1',
      Op: op,
      DirEnt: { ...entry, CreateIndex: 0, ModifyIndex: modifyIndex },
      Token: '',
    }
    return this.#state.encode('KVS', request)
  }

  /** What an entry led to, as text: its answer, its row and the indexes of the tables. Equal on all servers. */
  digest(data: Buffer, result: unknown): string {
    const { latest } = this.#state.store
    const row = latest.table(kvs).get(KVSRequest.decode(commandBody(data)).DirEnt.Key)
    const indexes = latest.tableIndexes().map(({ Key, Value }) => `${Key}=${Value}`)
    return `${result} ${row?.Value ?? '-'} ${row?.CreateIndex}..${row?.ModifyIndex} ${indexes}`
  }

  /** All tables as text, to compare with those of another server. */
  content(): string {
    const { latest } = this.#state.store
    const rows = [...entryRecords(latest), ...tombstoneRecords(latest)].map((record) => record.toString('hex'))
    return JSON.stringify([rows, latest.tableIndexes()])
  }
}
