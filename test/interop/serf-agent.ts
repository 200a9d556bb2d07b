import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePorts } from '../../src/testing/free-ports.ts'
import { AgentProcess, eventually, type Outcome, run } from '../cluster/agent-process.ts'

export interface SerfOptions {
  readonly name: string
  readonly address: string
  readonly port: number
  /** A folder for what its handlers write and for its keyring. */
  readonly dir: string
  /** Base64; without one it does not encrypt. */
  readonly key?: string | undefined
  readonly compress?: boolean
  readonly tags?: Readonly<Record<string, string>>
}

/** What `serf members -format=json` shows. */
interface SerfMember {
  readonly name: string
  readonly addr: string
  readonly tags: Record<string, string>
  readonly status: string
}

/** A real Serf agent, with the timings of its profile `local`. */
export class SerfAgent extends AgentProcess {
  readonly name: string
  readonly address: string
  readonly #rpcAddress: string
  readonly #heardFile: string

  private constructor(options: SerfOptions, args: readonly string[], rpcAddress: string, heardFile: string) {
    super(args, { command: 'serf' })
    this.name = options.name
    this.address = options.address
    this.#rpcAddress = rpcAddress
    this.#heardFile = heardFile
  }

  static async start(options: SerfOptions): Promise<SerfAgent> {
    const { name, address, port, dir, key, compress = true, tags = {} } = options
    const [rpcPort] = (await freePorts(1)) as [number]
    const rpcAddress = `127.0.0.1:${rpcPort}`
    const heardFile = join(dir, `${name}.heard`)
    // The handlers get the payload on standard input, and what they print answers a query.
    const hear = `user=echo "$SERF_USER_EVENT $(cat)" >> ${heardFile}`
    const answer = `query:whois=printf "${name} was asked %s" "$(cat)"`
    const args = [
      'agent',
      `-node=${name}`,
      `-bind=${address}:${port}`,
      `-rpc-addr=${rpcAddress}`,
      '-profile=local',
      '-log-level=debug',
      `-event-handler=${hear}`,
      `-event-handler=${answer}`,
      ...Object.entries({ role: 'web', ...tags }).flatMap(([tag, value]) => ['-tag', `${tag}=${value}`]),
      ...(key === undefined ? [] : [`-encrypt=${key}`]),
      ...(compress ? [] : ['-disable-compression']),
    ]
    const serf = new SerfAgent(options, args, rpcAddress, heardFile)
    await serf.printed(/Serf agent running!/)
    await eventually(async () => ((await serf.command('info')).code === 0 ? true : undefined))
    return serf
  }

  /** One of serf's own commands, sent to this agent. */
  command(name: string, ...args: readonly string[]): Promise<Outcome> {
    return run([name, `-rpc-addr=${this.#rpcAddress}`, ...args], { command: 'serf' })
  }

  /** The same; throws unless it succeeds. */
  async must(name: string, ...args: readonly string[]): Promise<string> {
    const { code, output } = await this.command(name, ...args)
    if (code !== 0) throw new Error(`serf ${name} ${args.join(' ')} ended with ${code}: ${output}`)
    return output
  }

  async members(): Promise<SerfMember[]> {
    return JSON.parse(await this.must('members', '-format=json')).members
  }

  /** Waits until it shows members of these statuses, by name, and no others. */
  sees(expected: Readonly<Record<string, string>>): Promise<true> {
    const wanted = JSON.stringify(Object.entries(expected).sort())
    return eventually(async (): Promise<true> => {
      const shown = (await this.members()).map(({ name, status }) => [name, status]).sort()
      if (JSON.stringify(shown) === wanted) return true
      throw new Error(`${this.name} sees ${JSON.stringify(shown)}, not ${wanted}`)
    }, 40_000)
  }

  /** Waits until an event of that name and payload came. */
  heard(event: string, payload: string): Promise<true> {
    return eventually(async (): Promise<true | undefined> => {
      const lines = readFileSync(this.#heardFile, 'utf8').split('\n')
      return lines.includes(`${event} ${payload}`) ? true : undefined
    })
  }
}
