import { mkdirSync } from 'node:fs'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type AgentPorts, AgentProcess, agentPorts, eventually, scratchDir } from '../../test/cluster/agent-process.ts'
import { cpuSeconds, residentBytes } from '../process-usage.ts'

const statisticsPlugin = fileURLToPath(new URL('./query-statistics.ts', import.meta.url))

export interface AgentOptions {
  /** In memory; otherwise a server with a data directory of its own, whose writes are durable. */
  readonly dev?: boolean
  /** Without what Node keeps of earlier starts, as the first start after an installation. */
  readonly cold?: boolean
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
  readonly serfLanPort: number
  readonly #process: AgentProcess
  readonly #dir: Disposable
  readonly #killWithUs = () => this.#process.kill('SIGKILL')

  private constructor(agent: AgentProcess, launchedAt: number, dir: Disposable, ports: AgentPorts) {
    this.launchedAt = launchedAt
    this.#process = agent
    this.#dir = dir
    this.httpPort = ports.http
    this.dnsPort = ports.dns
    this.serfLanPort = ports.serfLan
    process.once('exit', this.#killWithUs)
  }

  /** Returns at once, while the agent is still starting. */
  static async launch({
    dev = false,
    cold = false,
    statistics = false,
    profileDir,
  }: AgentOptions = {}): Promise<AgentUnderTest> {
    const dir = scratchDir()
    const ports = await agentPorts()
    const mode = dev ? ['-dev'] : ['-server', '-bootstrap', '-bind=127.0.0.1', `-data-dir=${dir.path}`]
    const args = ['agent', ...mode, ...ports.flags, '-hcl=limits { http_max_conns_per_client = 20000 }']
    if (statistics) args.push(`-plugin=${statisticsPlugin}`)
    const env = { ...process.env, ...(cold ? { NODE_DISABLE_COMPILE_CACHE: '1' } : {}), ...profiling(profileDir) }
    const launchedAt = performance.now()
    const agent = new AgentProcess(args, { env })
    return new AgentUnderTest(agent, launchedAt, dir, ports)
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

  /** Ends it as its user would: only then it writes a profile, and Node what speeds up the next start. */
  async [Symbol.asyncDispose](): Promise<void> {
    const killed = setTimeout(() => this.#process.kill('SIGKILL'), stopWithinMs)
    await this.#process.stop()
    clearTimeout(killed)
    process.off('exit', this.#killWithUs)
    this.#dir[Symbol.dispose]()
  }
}

const stopWithinMs = 10_000

/** What makes Node write a profile of a process into `dir` when it ends by itself. */
export function profiling(dir: string | undefined): NodeJS.ProcessEnv {
  if (dir === undefined) return {}
  mkdirSync(dir, { recursive: true })
  return { NODE_OPTIONS: `--cpu-prof --cpu-prof-dir=${resolve(dir)}` }
}
