import { join } from 'node:path'
import { freePorts } from '../../src/testing/free-ports.ts'
import { AgentProcess, eventually, scratchDir } from './agent-process.ts'
import { type Answer, ask, type Request } from './http.ts'

export interface AgentSpec {
  readonly name: string
  readonly server: boolean
  /** Flags of this agent alone: `-bootstrap-expect=3`, `-join=127.0.0.31`. */
  readonly args?: readonly string[]
}

interface Ports {
  readonly http: number
  readonly dns: number
  readonly server: number
  readonly serfLan: number
  readonly serfWan: number
}

/** One agent on an address of its own, which may be killed and started again on the same data. */
export class DatacenterAgent {
  readonly spec: AgentSpec
  readonly ip: string
  readonly ports: Ports
  readonly dataDir: string
  readonly #common: readonly string[]
  process: AgentProcess

  constructor(spec: AgentSpec, ip: string, ports: Ports, dataDir: string, common: readonly string[]) {
    this.spec = spec
    this.ip = ip
    this.ports = ports
    this.dataDir = dataDir
    this.#common = common
    this.process = this.#run(spec.args)
  }

  get name(): string {
    return this.spec.name
  }

  /** Starts the process anew, once the one before has ended; with other flags of its own if some are given. */
  restart(args: readonly string[] | undefined = this.spec.args): void {
    this.process = this.#run(args)
  }

  ask(path: string, request: Request = {}): Promise<Answer> {
    return ask(this.ports.http, path, { host: this.ip, ...request })
  }

  /** What a GET answers, parsed; throws unless its status is 200. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into what they expect
  async json(path: string, signal?: AbortSignal): Promise<any> {
    const { status, body } = await this.ask(path, { signal })
    if (status !== 200) throw new Error(`${this.name}: GET ${path} answered ${status}: ${body}`)
    return JSON.parse(body)
  }

  /** Throws unless the answer's status is 200. */
  async put(path: string, body: string | object = ''): Promise<string> {
    const text = typeof body === 'string' ? body : JSON.stringify(body)
    const answer = await this.ask(path, { method: 'PUT', body: text })
    if (answer.status !== 200) throw new Error(`${this.name}: PUT ${path} answered ${answer.status}: ${answer.body}`)
    return answer.body
  }

  #run(args: readonly string[] = []): AgentProcess {
    const { ip, ports, spec } = this
    return new AgentProcess([
      'agent',
      ...(spec.server ? ['-server'] : []),
      `-node=${spec.name}`,
      `-bind=${ip}`,
      `-advertise=${ip}`,
      `-client=${ip}`,
      `-data-dir=${this.dataDir}`,
      '-retry-interval=1s',
      `-http-port=${ports.http}`,
      `-dns-port=${ports.dns}`,
      `-server-port=${ports.server}`,
      `-serf-lan-port=${ports.serfLan}`,
      `-serf-wan-port=${ports.serfWan}`,
      ...this.#common,
      ...args,
    ])
  }
}

/** Several agents as processes, each on an address of the loopback, that meet by gossip as they would on machines. */
export class Datacenter {
  readonly agents: DatacenterAgent[] = []
  readonly #ports: Ports
  readonly #dir = scratchDir()
  readonly #common: readonly string[]
  readonly #network: number
  #next = 0

  private constructor(ports: Ports, common: readonly string[]) {
    this.#ports = ports
    this.#common = common
    // Tests run side by side: networks of their own keep agents of one from meeting those of another.
    this.#network = 16 + (ports.serfLan % 200)
  }

  /** `common`: flags of every agent. */
  static async plan(common: readonly string[] = []): Promise<Datacenter> {
    const [http, dns, server, serfLan, serfWan] = (await freePorts(5)) as [number, number, number, number, number]
    return new Datacenter({ http, dns, server, serfLan, serfWan }, common)
  }

  /** Where the agents' data is; goes with them. */
  get directory(): string {
    return this.#dir.path
  }

  /** The address that the agent with this number (from 0) has. */
  ipOf(number: number): string {
    return `127.0.${this.#network}.${11 + number}`
  }

  /** `-join` of that agent. */
  joining(number: number): string {
    return `-join=${this.ipOf(number)}:${this.#ports.serfLan}`
  }

  start(spec: AgentSpec): DatacenterAgent {
    const number = this.#next++
    const dataDir = join(this.#dir.path, spec.name)
    const agent = new DatacenterAgent(spec, this.ipOf(number), this.#ports, dataDir, this.#common)
    this.agents.push(agent)
    return agent
  }

  /** Three servers that have found one another and a leader. */
  async threeServers(args: readonly string[] = []): Promise<DatacenterAgent[]> {
    const servers = [0, 1, 2].map((number) =>
      this.start({
        name: `server-${number + 1}`,
        server: true,
        args: ['-bootstrap-expect=3', ...(number === 0 ? [] : [`-retry-join=${this.#address(0)}`]), ...args],
      }),
    )
    await this.agree(servers)
    return servers
  }

  /** Client agents that have joined. */
  async clients(count: number, args: readonly string[] = []): Promise<DatacenterAgent[]> {
    const clients = Array.from({ length: count }, (_, at) =>
      this.start({ name: `client-${at + 1}`, server: false, args: [`-retry-join=${this.#address(0)}`, ...args] }),
    )
    for (const client of clients) {
      await eventually(async () => {
        const nodes = (await client.json('/v1/catalog/nodes').catch(() => [])) as { Node: string }[]
        return nodes.some(({ Node }) => Node === client.name) ? true : undefined
      })
    }
    return clients
  }

  /** Waits until all of these name the same leader and list one another alive; gives the leader. When they do not, the error tells what each says. */
  async agree(among: readonly DatacenterAgent[], withinMs = 30_000): Promise<DatacenterAgent> {
    const names = among.map(({ name }) => name)
    let views: readonly View[] = []
    try {
      return await eventually(async () => {
        views = await Promise.all(among.map(viewOf))
        const { leader } = views[0]!
        if (leader === '' || views.some((view) => view.leader !== leader)) return undefined
        if (views.some(({ alive }) => !names.every((name) => alive.includes(name)))) return undefined
        return this.agents.find(({ ip, spec }) => spec.server && leader === `${ip}:${this.#ports.server}`)
      }, withinMs)
    } catch (cause) {
      const said = among.map(
        (agent, at) => `${agent.name} ${JSON.stringify(views[at])}\n${lastLines(agent.process.output)}`,
      )
      throw new Error(`no agreement within ${withinMs} ms:\n${said.join('\n')}`, { cause })
    }
  }

  #address(number: number): string {
    return `${this.ipOf(number)}:${this.#ports.serfLan}`
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.agents.map(({ process }) => process[Symbol.asyncDispose]()))
    this.#dir[Symbol.dispose]()
  }
}

/** What an agent says of its cluster, or why it says nothing. */
interface View {
  readonly leader: string
  readonly alive: readonly string[]
  readonly silent?: string
}

/** One that hangs says nothing: it must not keep the others from being asked again. */
async function viewOf(agent: DatacenterAgent): Promise<View> {
  const signal = AbortSignal.timeout(10_000)
  try {
    return { leader: await agent.json('/v1/status/leader', signal), alive: await aliveMembers(agent, signal) }
  } catch (error) {
    return { leader: '', alive: [], silent: String(error) }
  }
}

function lastLines(output: string, count = 25): string {
  return output.split('\n').slice(-count).join('\n')
}

/** Names of the members this agent lists as alive. */
export async function aliveMembers(agent: DatacenterAgent, signal?: AbortSignal): Promise<string[]> {
  const members = (await agent.json('/v1/agent/members', signal)) as { Name: string; Status: number }[]
  return members.filter(({ Status }) => Status === 1).map(({ Name }) => Name)
}
