import { join } from 'node:path'
import { freePorts } from '../../src/testing/free-ports.ts'
import { AgentProcess, eventually, scratchDir } from './agent-process.ts'
import { type Answer, ask, type Request } from './http.ts'

export interface GossipAgentOptions {
  /** A server that begins no cluster of its own; a client when left out. */
  readonly server?: boolean
  readonly datacenter?: string
  /** Flags behind the usual ones. */
  readonly args?: readonly string[]
}

/** A member as `/v1/agent/members` shows it. */
export interface ShownMember {
  readonly Name: string
  readonly Addr: string
  readonly Port: number
  readonly Tags: Record<string, string>
  readonly Status: number
}

/** Timings under which a member that is killed fails within a second. */
const timings = 'gossip_interval = "20ms" probe_interval = "100ms" probe_timeout = "50ms" suspicion_mult = 2'

/** One agent at an address of its own, where every agent of a network has the same ports. */
export class GossipAgent extends AgentProcess {
  readonly name: string
  readonly address: string
  readonly httpPort: number

  constructor(name: string, address: string, httpPort: number, args: readonly string[]) {
    super(args)
    this.name = name
    this.address = address
    this.httpPort = httpPort
  }

  ask(path: string, request: Request = {}): Promise<Answer> {
    return ask(this.httpPort, path, request)
  }

  put(path: string, body?: object): Promise<Answer> {
    return this.ask(path, { method: 'PUT', ...(body && { body: JSON.stringify(body) }) })
  }

  async members(query = ''): Promise<ShownMember[]> {
    return JSON.parse((await this.ask(`/v1/agent/members${query}`)).body)
  }

  /** Waits until this agent shows members of these statuses, by name, and no others. */
  sees(expected: Readonly<Record<string, number>>, query = ''): Promise<true> {
    const wanted = JSON.stringify(sorted(Object.entries(expected)))
    return eventually(async (): Promise<true> => {
      const shown = (await this.members(query)).map(({ Name, Status }): [string, number] => [Name, Status])
      if (JSON.stringify(sorted(shown)) === wanted) return true
      throw new Error(`${this.name} sees ${JSON.stringify(shown)}, not ${wanted}`)
    })
  }
}

function sorted(entries: [string, number][]): [string, number][] {
  return entries.sort(([one], [other]) => (one < other ? -1 : 1))
}

/** Agents on addresses of the loopback, as if each had a machine of its own. */
export class GossipNetwork {
  readonly lanPort: number
  readonly wanPort: number
  readonly #serverPort: number
  readonly #dir = scratchDir()
  readonly #agents: GossipAgent[] = []
  readonly #hosts = new Map<string, number>()

  private constructor(lanPort: number, wanPort: number, serverPort: number) {
    this.lanPort = lanPort
    this.wanPort = wanPort
    this.#serverPort = serverPort
  }

  static async open(): Promise<GossipNetwork> {
    const [lanPort, wanPort, serverPort] = (await freePorts(3)) as [number, number, number]
    return new GossipNetwork(lanPort, wanPort, serverPort)
  }

  /** The address of the agent of that name, whether or not it runs. */
  addressOf(name: string): string {
    if (!this.#hosts.has(name)) this.#hosts.set(name, this.#hosts.size + 21)
    return `127.0.0.${this.#hosts.get(name)}`
  }

  /** Starts an agent of that name; one that ran before comes back with its data. Resolves when it answers. */
  async start(name: string, options: GossipAgentOptions = {}): Promise<GossipAgent> {
    const agent = await this.spawn(name, options)
    await agent.printed(/Starting server: /)
    return agent
  }

  /** The same without waiting for anything. */
  async spawn(name: string, { server, datacenter, args = [] }: GossipAgentOptions = {}): Promise<GossipAgent> {
    const [httpPort] = (await freePorts(1)) as [number]
    const address = this.addressOf(name)
    const flags = [
      'agent',
      ...(server ? ['-server'] : []),
      ...(datacenter === undefined ? [] : [`-datacenter=${datacenter}`]),
      `-node=${name}`,
      `-bind=${address}`,
      `-data-dir=${join(this.#dir.path, name)}`,
      `-http-port=${httpPort}`,
      '-dns-port=-1',
      `-server-port=${this.#serverPort}`,
      `-serf-lan-port=${this.lanPort}`,
      `-serf-wan-port=${this.wanPort}`,
      '-log-level=debug',
      `-hcl=gossip_lan { ${timings} } gossip_wan { ${timings} }`,
      ...args,
    ]
    const agent = new GossipAgent(name, address, httpPort, flags)
    this.#agents.push(agent)
    return agent
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const agent of this.#agents) agent.kill('SIGKILL')
    await Promise.all(this.#agents.map(({ exited }) => exited))
    this.#dir[Symbol.dispose]()
  }
}
