import { systemClock } from '../../../src/kernel/clock.ts'
import { Log } from '../../../src/kernel/log.ts'
import { systemRandom } from '../../../src/kernel/random.ts'
import { freePort } from '../../../src/testing/free-ports.ts'
import type { Server } from '../contract.ts'
import { coreDefaults } from '../core/state.ts'
import { ListMachine, until } from '../driver.fixture.ts'
import { RaftDriver } from '../driver.ts'
import type { SnapshotPolicy } from '../snapshots/policy.ts'
import { snapshotDefaults } from '../snapshots/policy.ts'
import type { LogStore } from '../storage/log-store.ts'
import { MemoryLogStore } from '../storage/memory.ts'
import { raftByte } from './lane.ts'
import { ServerPort } from './server-port.ts'
import { targetOf } from './target.ts'
import { RaftTransport } from './transport.ts'

/** Short enough for a test, long enough for a busy machine. */
const heartbeatTimeoutMs = 1000

export interface TestServer {
  readonly id: string
  readonly address: string
  readonly driver: RaftDriver
  readonly transport: RaftTransport
  readonly port: ServerPort
  readonly machine: ListMachine
  readonly store: LogStore
  readonly lines: string[]
  stop(): Promise<void>
}

export interface TestServerOptions {
  /** Who begins the cluster; nobody when left out. */
  readonly bootstrap?: readonly Server[]
  readonly snapshots?: SnapshotPolicy
  readonly store?: LogStore
}

/** A port on the loopback on which a server will speak raft; what connects before is closed. */
export async function openPort(): Promise<{ port: ServerPort; address: string; serve: { by?: RaftTransport } }> {
  const serve: { by?: RaftTransport } = {}
  const port = await ServerPort.listen({
    host: '127.0.0.1',
    // One that stays free when it is let go: a server that has ended refuses who comes.
    port: await freePort(),
    clock: systemClock,
    handOver(firstByte, stream) {
      if (firstByte !== raftByte || serve.by === undefined) return false
      serve.by.serve(stream)
      return true
    },
    report: (error) => {
      throw error
    },
  })
  return { port, address: `127.0.0.1:${port.port}`, serve }
}

/** A server with the real driver and the real transport, its log in memory. */
export async function startServer(
  id: string,
  { port, address, serve }: Awaited<ReturnType<typeof openPort>>,
  { bootstrap, snapshots = snapshotDefaults, store = new MemoryLogStore(() => Date.now()) }: TestServerOptions = {},
): Promise<TestServer> {
  const machine = new ListMachine()
  const lines: string[] = []
  const log = new Log({ level: 'debug', json: false, write: (line) => void lines.push(line), nowMs: () => 0 })
  let driver: RaftDriver | undefined
  const transport = new RaftTransport({
    self: { id, address },
    localAddress: '127.0.0.1',
    heartbeatTimeoutMs,
    clock: systemClock,
    random: systemRandom,
    log: log.logger('raft'),
    target: targetOf(() => driver),
  })
  driver = await RaftDriver.start({
    core: {
      ...coreDefaults,
      id,
      heartbeatTimeoutMs,
      electionTimeoutMs: heartbeatTimeoutMs,
      leaderLeaseMs: heartbeatTimeoutMs,
      readLeaseMs: heartbeatTimeoutMs / 10,
    },
    store,
    machine,
    clock: systemClock,
    random: systemRandom,
    snapshots,
    bootstrap,
    send: (message) => transport.send(message),
    events: {
      event: (event) => lines.push(JSON.stringify(event)),
      leads: (term) => lines.push(`leads ${term}`),
      batchApplied: () => transport.membershipChanged(),
      stalled: () => {},
      snapshotDamaged: (damaged) => lines.push(damaged.message),
      snapshotFailed: (error) => lines.push(`snapshot failed: ${error}`),
      fatal: (error) => lines.push(`fatal ${(error as Error).stack}`),
    },
  })
  serve.by = transport
  const started = driver
  return {
    id,
    address,
    driver: started,
    transport,
    port,
    machine,
    store,
    lines,
    async stop() {
      await started.stop()
      transport.close()
      await port.close()
    },
  }
}

/** A cluster of voters `a`, `b`, … with a leader. */
export async function startCluster(count: number, options: TestServerOptions = {}) {
  const ports = await Promise.all(Array.from({ length: count }, openPort))
  const voters = ports.map(({ address }, at) => ({ id: idOf(at), address, suffrage: 'voter' as const }))
  const servers = await Promise.all(
    ports.map((port, at) => startServer(idOf(at), port, { ...options, bootstrap: voters })),
  )
  const leader = () => servers.find(({ driver }) => driver.leads)
  await until(() => leader() !== undefined)
  return {
    servers,
    leader: () => leader()!,
    followers: () => servers.filter(({ driver }) => !driver.leads),
    stop: async () => {
      for (const server of servers) await server.stop()
    },
  }
}

function idOf(at: number): string {
  return String.fromCharCode(97 + at)
}
