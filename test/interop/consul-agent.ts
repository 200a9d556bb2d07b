import { join } from 'node:path'
import { AgentProcess, eventually } from '../cluster/agent-process.ts'
import { type Answer, ask, type Request } from '../cluster/http.ts'

/** The real program, or a failure that says how to name one. */
export function consulBinary(): string {
  const binary = process.env.CONSUL_BINARY
  if (binary !== undefined && binary !== '') return binary
  throw new Error('CONSUL_BINARY is not set: give it the path of a consul program of version 1.10 (docs/interop.md)')
}

export interface ConsulAgentOptions {
  readonly name: string
  readonly ip: string
  readonly dir: string
  /** The same for all agents of a network, which differ by their addresses. */
  readonly ports: ConsulPorts
  /** Flags behind the usual ones. */
  readonly args?: readonly string[]
  /** What to run; the program that CONSUL_BINARY names when left out. */
  readonly command?: string
}

export interface ConsulPorts {
  readonly http: number
  readonly dns: number
  readonly server: number
  readonly serfLan: number
  readonly serfWan: number
}

/** An agent of Consul, or of ours with the same flags, at an address of its own on the loopback. */
export class ConsulAgent {
  readonly options: ConsulAgentOptions
  process: AgentProcess

  constructor(options: ConsulAgentOptions) {
    this.options = options
    this.process = this.#run()
  }

  get name(): string {
    return this.options.name
  }

  /** Where servers speak to one another. */
  get serverAddress(): string {
    return `${this.options.ip}:${this.options.ports.server}`
  }

  /** Starts it anew on the same data, once the process before has ended. */
  restart(): void {
    this.process = this.#run()
  }

  ask(path: string, request: Request = {}): Promise<Answer> {
    const { ip, ports } = this.options
    return ask(ports.http, path, { host: ip, ...request })
  }

  // biome-ignore lint/suspicious/noExplicitAny: tests look into what they expect
  async json(path: string): Promise<any> {
    const { status, body } = await this.ask(path)
    if (status !== 200) throw new Error(`${this.name}: GET ${path} answered ${status}: ${body}`)
    return JSON.parse(body)
  }

  async put(path: string, body: string | object = '', method = 'PUT'): Promise<string> {
    const text = typeof body === 'string' ? body : JSON.stringify(body)
    const answer = await this.ask(path, { method, body: text })
    if (answer.status !== 200) throw new Error(`${this.name}: PUT ${path} answered ${answer.status}: ${answer.body}`)
    return answer.body
  }

  /** Waits until it answers, and knows a leader. */
  knowsLeader(withinMs = 60_000): Promise<string> {
    return eventually(async () => {
      const leader = (await this.json('/v1/status/leader')) as string
      return leader === '' ? undefined : leader
    }, withinMs)
  }

  #run(): AgentProcess {
    const { name, ip, dir, ports, args = [], command = consulBinary() } = this.options
    const flags = [
      'agent',
      `-node=${name}`,
      `-bind=${ip}`,
      `-advertise=${ip}`,
      `-client=${ip}`,
      `-data-dir=${join(dir, name)}`,
      `-http-port=${ports.http}`,
      `-dns-port=${ports.dns}`,
      `-server-port=${ports.server}`,
      `-serf-lan-port=${ports.serfLan}`,
      `-serf-wan-port=${ports.serfWan}`,
      '-log-level=debug',
      '-hcl=performance { raft_multiplier = 1 } disable_update_check = true',
      ...args,
    ]
    return new AgentProcess(flags, { command })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.process[Symbol.asyncDispose]()
  }
}
