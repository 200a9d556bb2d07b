import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePorts } from '../../src/testing/free-ports.ts'
import { AgentProcess, eventually, scratchDir } from './agent-process.ts'
import { type Answer, ask, type Request } from './http.ts'
import { RaftProxy } from './raft-proxy.ts'
import { type TinyDisk, tinyDisk } from './tiny-disk.ts'

export interface RaftClusterOptions {
  readonly servers: number
  /** Puts a network between them that can be cut. */
  readonly proxy?: boolean
  /** `performance.raft_multiplier`; 1 when left out, so that tests need not wait long. */
  readonly multiplier?: number
  readonly args?: readonly string[]
  readonly env?: NodeJS.ProcessEnv
  /** Size of a disk of its own for the first server, where the machine permits that. */
  readonly diskSizeBytes?: number
}

/** One server of the cluster: its process, which may be started again, and where it is. */
export interface RaftMember {
  readonly number: number
  readonly id: string
  readonly address: string
  readonly dataDir: string
  readonly httpPort: number
  /** What its data directory lies on, if that is a disk of its own. */
  readonly disk: TinyDisk | undefined
  process: AgentProcess
}

/** Several servers as processes of their own, formed by a peers.json, on different addresses of the loopback. */
export class RaftCluster {
  readonly members: readonly RaftMember[]
  readonly proxy: RaftProxy | undefined
  readonly #dir: ReturnType<typeof scratchDir>
  readonly #start: (member: Omit<RaftMember, 'process'>) => AgentProcess

  private constructor(
    members: readonly RaftMember[],
    proxy: RaftProxy | undefined,
    dir: ReturnType<typeof scratchDir>,
    start: (member: Omit<RaftMember, 'process'>) => AgentProcess,
  ) {
    this.members = members
    this.proxy = proxy
    this.#dir = dir
    this.#start = start
  }

  /** Starts the servers and waits until one of them leads. */
  static async start(options: RaftClusterOptions): Promise<RaftCluster> {
    const { servers, multiplier = 1, args = [], env, diskSizeBytes } = options
    const dir = scratchDir()
    const diskPath = join(dir.path, 'server-1')
    mkdirSync(diskPath)
    const disk = diskSizeBytes === undefined ? undefined : await tinyDisk(diskPath, diskSizeBytes)
    const [serverPort, serfPort, ...httpPorts] = (await freePorts(servers + 2)) as [number, number, ...number[]]
    const proxy = options.proxy ? new RaftProxy() : undefined
    const bindOf = (number: number) => `127.0.0.${10 + number}`
    const frontOf = (number: number) => (proxy ? `127.0.1.${10 + number}` : bindOf(number))
    const plans = httpPorts.map((httpPort, at) => ({
      number: at + 1,
      id: `a0000000-0000-4000-8000-00000000000${at + 1}`,
      address: `${frontOf(at + 1)}:${serverPort}`,
      dataDir: join(dir.path, `server-${at + 1}`, 'data'),
      httpPort,
      disk: at === 0 ? disk : undefined,
    }))
    const flagsOf = ({ number, httpPort, dataDir }: Pick<RaftMember, 'number' | 'httpPort' | 'dataDir'>) => [
      'agent',
      '-server',
      `-node=node-${number}`,
      `-bind=${bindOf(number)}`,
      `-advertise=${frontOf(number)}`,
      `-data-dir=${dataDir}`,
      `-http-port=${httpPort}`,
      '-dns-port=-1',
      `-server-port=${serverPort}`,
      `-serf-lan-port=${serfPort}`,
      '-serf-wan-port=-1',
      '-log-level=debug',
      `-hcl=performance { raft_multiplier = ${multiplier} }`,
      ...args,
    ]
    const start = ({ disk, ...member }: Omit<RaftMember, 'process'>) => {
      const flags = [...(disk?.args ?? []), ...flagsOf(member)]
      return new AgentProcess(flags, { ...(disk && { command: disk.command }), ...(env && { env }) })
    }
    const peers = JSON.stringify(plans.map(({ id, address }) => ({ id, address })))
    for (const { dataDir, id, disk } of plans) {
      const visibleDir = disk === undefined ? dataDir : join(dir.path, 'first-data')
      mkdirSync(join(visibleDir, 'raft'), { recursive: true })
      writeFileSync(join(visibleDir, 'node-id'), id)
      writeFileSync(join(visibleDir, 'raft', 'peers.json'), peers)
      await disk?.run('cp', '-r', visibleDir, dataDir)
    }
    const numberOf = (address: string) => Number(address.split('.')[3]) - 10
    for (const { number } of plans) {
      await proxy?.open(number, frontOf(number), bindOf(number), serverPort, numberOf)
    }
    const members = plans.map((plan) => ({ ...plan, process: start(plan) }))
    const cluster = new RaftCluster(members, proxy, dir, start)
    try {
      // Servers that start all at once on a busy machine take their time.
      await cluster.leader(members, 40_000)
      return cluster
    } catch (error) {
      await cluster[Symbol.asyncDispose]()
      throw error
    }
  }

  /** The server that says it leads and takes a linearizable read; waits for one. */
  leader(among: readonly RaftMember[] = this.members, withinMs = 20_000): Promise<RaftMember> {
    return eventually(async () => {
      for (const member of among) {
        if (await this.leads(member)) return member
      }
      return undefined
    }, withinMs)
  }

  async leads(member: RaftMember): Promise<boolean> {
    try {
      const signal = AbortSignal.timeout(1000)
      const { body } = await this.ask(member, '/v1/status/leader', { signal })
      if (body.trim() !== JSON.stringify(member.address)) return false
      const { status } = await this.ask(member, '/v1/kv/none?consistent', { signal })
      return status === 404
    } catch {
      return false
    }
  }

  ask({ httpPort }: RaftMember, path: string, request: Request = {}): Promise<Answer> {
    return ask(httpPort, path, request)
  }

  /** Starts a server again that was killed. */
  restart(member: RaftMember): void {
    member.process = this.#start(member)
  }

  others(member: RaftMember): RaftMember[] {
    return this.members.filter((other) => other !== member)
  }

  /** Waits until every server holds the same keys and values as the leader. */
  async settled(withinMs = 15_000): Promise<void> {
    const leader = await this.leader()
    await eventually(async () => {
      const contents = await Promise.all(this.members.map((member) => this.ask(member, '/v1/kv/?recurse&stale')))
      const expected = contents[leader.number - 1]!.body
      return contents.every(({ status, body }) => status === 200 && body === expected) ? true : undefined
    }, withinMs)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { process } of this.members) {
      process.kill('SIGCONT')
      process.kill('SIGKILL')
    }
    await Promise.all(this.members.map(({ process }) => process.exited))
    this.proxy?.close()
    for (const { disk } of this.members) await disk?.[Symbol.asyncDispose]()
    this.#dir[Symbol.dispose]()
  }
}
