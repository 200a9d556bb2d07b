import { type IncomingHttpHeaders, request } from 'node:http'
import { Agent } from '../../src/kernel/agent.ts'
import { type Clock, systemClock } from '../../src/kernel/clock.ts'
import type { Fault } from '../../src/kernel/hooks.ts'
import { Log, type LogLevel } from '../../src/kernel/log.ts'
import { type AnyPlugin, definePlugin } from '../../src/kernel/plugin.ts'
import { Store } from '../../src/store/store.ts'
import { defineTable } from '../../src/store/table.ts'
import { seededRandom } from '../../src/testing/seeded-random.ts'
import type { NodeIdentity } from '../node/contract.ts'
import type { Consensus } from '../raft/contract.ts'
import type { Rpc } from '../rpc/contract.ts'
import type { LiveReply, PlainReply, RouteDeclaration } from './contract.ts'
import httpApi from './index.ts'

/** For this plugin's tests: the HTTP interface on a free port of the loopback, over a store of words. */
export interface TestServer {
  readonly port: number
  readonly store: Store
  /** The consensus that reads see; tests change it. */
  readonly consensus: TestConsensus
  readonly faults: readonly Fault[]
  readonly lines: readonly string[]
  /** Writes a word as its own transaction; returns its index. */
  put(key: string, word: string): number
  get(path: string, headers?: Record<string, string>): Promise<TestReply>
  send(method: string, path: string, body?: string | Buffer, headers?: Record<string, string>): Promise<TestReply>
  stop(): Promise<void>
}

interface TestReply {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
  readonly text: string
}

interface TestConsensus {
  leaderKnown: boolean
  lastContactMs: number
  verified: number
  verifyLeader: () => Promise<void>
}

export interface TestServerSetup {
  readonly routes?: (store: Store) => RouteDeclaration[]
  readonly options?: Record<string, unknown>
  readonly node?: Partial<NodeIdentity>
  readonly clock?: Clock
  readonly logLevel?: LogLevel
  readonly rpc?: Rpc
}

interface WordRow {
  readonly Key: string
  readonly Word: string
  readonly CreateIndex: number
  readonly ModifyIndex: number
}

const words = defineTable<WordRow>({ name: 'words', key: (row) => row.Key })

/** A live reply for one word, as the KV endpoints make theirs. */
export function wordReply(store: Store, key: string, how: Partial<LiveReply> = {}): LiveReply {
  const query = store.queries.ask<WordRow | undefined>({
    key: `word ${key}`,
    read: (view) => view.table(words).get(key),
    index: (view, row) => row?.ModifyIndex ?? view.tableIndex('words'),
    encode: (row) => Buffer.from(row === undefined ? 'null' : JSON.stringify({ Key: row.Key, Word: row.Word })),
  })
  return { kind: 'live', query, ...how }
}

export function json(value: unknown, status = 200): PlainReply {
  return { kind: 'plain', status, type: 'application/json', body: JSON.stringify(value), json: true }
}

export function text(body: string, status = 200): PlainReply {
  return { kind: 'plain', status, type: 'text/plain; charset=utf-8', body }
}

export function empty(status = 200): PlainReply {
  return { kind: 'plain', status, type: undefined, body: '' }
}

const optionDefaults = {
  responseHeaders: {},
  blockEndpoints: [],
  allowWriteFrom: [],
  addresses: [],
  maxHeaderBytes: 1_048_576,
  connectionsPerClientMax: 200,
  allowUnprintablePaths: false,
  discoveryMaxStale: 0,
}

export async function startTestServer(setup: TestServerSetup = {}): Promise<TestServer> {
  const clock = setup.clock ?? systemClock
  const store = new Store([words])
  const faults: Fault[] = []
  const lines: string[] = []
  const consensus: TestConsensus = {
    leaderKnown: true,
    lastContactMs: 0,
    verified: 0,
    verifyLeader: async () => {
      consensus.verified++
    },
  }
  const surroundings = definePlugin({
    name: 'surroundings',
    provides: ['node', 'consensus', ...(setup.rpc ? (['rpc'] as const) : [])],
    setup(agent) {
      agent.services.provide('node', testNode(setup.node))
      agent.services.provide('consensus', consensusService(consensus))
      if (setup.rpc) agent.services.provide('rpc', setup.rpc)
      agent.hooks.fault.tap('surroundings', (fault) => void faults.push(fault))
      agent.hooks.httpRoutes.tap('surroundings', (routes) => routes.add(...(setup.routes?.(store) ?? [])))
    },
  })
  const log = new Log({
    level: setup.logLevel ?? 'error',
    json: false,
    write: (line) => void lines.push(line),
    nowMs: () => clock.wallMs(),
  })
  const agent = new Agent({
    plugins: [surroundings, httpApi].map((plugin) => ({ plugin: plugin as AnyPlugin, origin: 'test' })),
    optionsOf: (plugin) => (plugin.name === 'http-api' ? { ...optionDefaults, ...setup.options } : {}),
    log,
    clock,
    random: seededRandom(1),
    onFatal: (error) => {
      throw error
    },
  })
  await agent.start()
  const http = agent.services.find('http') as { addresses(): readonly string[] }
  const port = Number(http.addresses()[0]?.split(':').pop())
  const send: TestServer['send'] = (method, path, body, headers = {}) => ask(port, method, path, body, headers)
  return {
    port,
    store,
    consensus,
    faults,
    lines,
    put(key, word) {
      const index = store.index + 1
      store.transact(index, (tx) => {
        tx.table(words).put({ Key: key, Word: word, CreateIndex: 0, ModifyIndex: 0 })
        tx.setTableIndex('words')
      })
      return index
    },
    get: (path, headers) => send('GET', path, undefined, headers),
    send,
    stop: () => agent.stop(),
  }
}

function testNode(given: Partial<NodeIdentity> = {}): NodeIdentity {
  return {
    datacenter: 'dc1',
    dev: false,
    clientAddresses: ['127.0.0.1'],
    ports: { http: 0, dns: -1, server: -1, serfLan: -1, serfWan: -1 },
    ...given,
  } as NodeIdentity
}

function consensusService(state: TestConsensus): Consensus {
  return {
    role: 'follower',
    leader: () => (state.leaderKnown ? { id: 'a', address: '127.0.0.1:8300' } : undefined),
    lastContactMs: () => state.lastContactMs,
    verifyLeader: () => state.verifyLeader(),
  } as unknown as Consensus
}

function ask(
  port: number,
  method: string,
  path: string,
  body: string | Buffer | undefined,
  headers: Record<string, string>,
): Promise<TestReply> {
  return new Promise((resolve, reject) => {
    const asked = request({ host: '127.0.0.1', port, method, path, headers, agent: false }, (reply) => {
      const chunks: Buffer[] = []
      reply.on('data', (chunk: Buffer) => chunks.push(chunk))
      reply.on('error', reject)
      reply.on('end', () => {
        const whole = Buffer.concat(chunks)
        resolve({ status: reply.statusCode ?? 0, headers: reply.headers, body: whole, text: whole.toString('utf8') })
      })
    })
    asked.on('error', reject)
    asked.end(body)
  })
}
