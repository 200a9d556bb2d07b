import { mkdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { AgentProcess, agentPorts, eventually, scratchDir } from '../../test/cluster/agent-process.ts'
import { cpuSeconds, residentBytes } from '../process-usage.ts'

const mainFile = fileURLToPath(new URL('../../src/main.ts', import.meta.url))
const statisticsPlugin = fileURLToPath(new URL('./query-statistics.ts', import.meta.url))

export interface AgentOptions {
  /** In memory; otherwise a server with a data directory of its own, whose writes are durable. */
  readonly dev?: boolean
  /** Load the plugin that shows the counters of live queries. */
  readonly statistics?: boolean
  /** Write a CPU profile of the agent into this folder when it stops. */
  readonly profileDir?: string | undefined
}

/** A real agent in a process of its own, as a user would start it, on free ports of the loopback. */
export class AgentUnderTest {
  /** When its process was started, as `performance.now()` tells it. */
  readonly launchedAt: number
  readonly httpPort: number
  readonly dnsPort: number
  readonly #process: AgentProcess
  readonly #dir: Disposable
  readonly #profiled: boolean
  readonly #killWithUs = () => this.#process.kill('SIGKILL')

  private constructor(
    process_: AgentProcess,
    launchedAt: number,
    dir: Disposable,
    httpPort: number,
    dnsPort: number,
    profiled: boolean,
  ) {
    this.launchedAt = launchedAt
    this.#process = process_
    this.#dir = dir
    this.httpPort = httpPort
    this.dnsPort = dnsPort
    this.#profiled = profiled
    process.once('exit', this.#killWithUs)
  }

  /** Returns at once, while the agent is still starting. */
  static async launch({ dev = false, statistics = false, profileDir }: AgentOptions = {}): Promise<AgentUnderTest> {
    const dir = scratchDir()
    const { http, dns, flags } = await agentPorts()
    const mode = dev ? ['-dev'] : ['-server', '-bootstrap', '-bind=127.0.0.1', `-data-dir=${dir.path}`]
    const args = ['agent', ...mode, ...flags, '-hcl=limits { http_max_conns_per_client = 10000 }']
    if (statistics) args.push(`-plugin=${statisticsPlugin}`)
    if (profileDir !== undefined) mkdirSync(profileDir, { recursive: true })
    const launchedAt = performance.now()
    const agent =
      profileDir === undefined
        ? new AgentProcess(args)
        : new AgentProcess(['--cpu-prof', `--cpu-prof-dir=${profileDir}`, mainFile, ...args], {
            command: process.execPath,
          })
    return new AgentUnderTest(agent, launchedAt, dir, http, dns, profileDir !== undefined)
  }

  /** Returns when the agent takes writes. */
  static async start(options: AgentOptions = {}): Promise<AgentUnderTest> {
    const agent = await AgentUnderTest.launch(options)
    try {
      await eventually(async () => {
        if (agent.#process.child.exitCode !== null) throw new Error('the agent ended')
        return (await agent.put('/v1/kv/bench/started', 'yes')) === 'true' ? true : undefined
      })
    } catch (error) {
      const { output } = agent.#process
      await agent[Symbol.asyncDispose]()
      throw new Error(`the agent does not take writes:\n${output.slice(-4000)}`, { cause: error })
    }
    return agent
  }

  /** The body of a PUT that succeeded. */
  async put(path: string, body: unknown): Promise<string> {
    const response = await fetch(`http://127.0.0.1:${this.httpPort}${path}`, {
      method: 'PUT',
      body: typeof body === 'string' ? body : JSON.stringify(body),
    })
    const text = await response.text()
    if (!response.ok) throw new Error(`PUT ${path} answered ${response.status}: ${text}`)
    return text
  }

  cpuSeconds(): number | undefined {
    return cpuSeconds(this.#process.child.pid!)
  }

  residentBytes(): number | undefined {
    return residentBytes(this.#process.child.pid!)
  }

  /** A profile is written at a graceful end only. */
  async [Symbol.asyncDispose](): Promise<void> {
    process.off('exit', this.#killWithUs)
    await this.#process.stop(this.#profiled ? 'SIGTERM' : 'SIGKILL')
    this.#dir[Symbol.dispose]()
  }
}
