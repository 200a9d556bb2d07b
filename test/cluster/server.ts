import { type AgentPorts, AgentProcess, agentPorts, eventually, type ProcessOptions } from './agent-process.ts'
import { type Answer, ask, type Request } from './http.ts'

export interface ServerOptions extends ProcessOptions {
  /** Where it keeps its files; without one it runs with `-dev`. */
  readonly dataDir?: string
  /** Flags behind the usual ones. */
  readonly args?: readonly string[]
  /** Those of an earlier start. */
  readonly ports?: AgentPorts
}

/** A single server on free ports of the loopback, and its HTTP interface. */
export class Server extends AgentProcess {
  readonly ports: AgentPorts

  constructor(ports: AgentPorts, { dataDir, args = [], ...options }: ServerOptions) {
    super([...serverFlags(ports, dataDir), ...args], options)
    this.ports = ports
  }

  /** Sends a request and gives its answer, whatever its status. */
  ask(path: string, request: Request = {}): Promise<Answer> {
    return ask(this.ports.http, path, request)
  }

  /** What a GET answers; throws unless its status is 200. */
  async get(path: string): Promise<string> {
    return ok(await this.ask(path), `GET ${path}`)
  }

  /** The same, parsed. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into what they expect
  async json(path: string): Promise<any> {
    return JSON.parse(await this.get(path))
  }

  /** What a PUT answers, without the line break that `-dev` puts behind JSON; throws unless its status is 200. */
  async put(path: string, body: string | Buffer | object = ''): Promise<string> {
    const bytes = typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body)
    return ok(await this.ask(path, { method: 'PUT', body: bytes }), `PUT ${path}`).trimEnd()
  }
}

/** `agent` with the flags of a single server. */
export function serverFlags(ports: AgentPorts, dataDir?: string): string[] {
  const kind = dataDir === undefined ? ['-dev'] : ['-server', '-bootstrap', `-data-dir=${dataDir}`]
  return ['agent', ...kind, '-bind=127.0.0.1', ...ports.flags]
}

/** Starts a server and waits until it leads. */
export async function startServer(options: ServerOptions = {}): Promise<Server> {
  const server = new Server(options.ports ?? (await agentPorts()), options)
  try {
    await server.printed(/cluster leadership acquired/)
    await eventually(async () => ((await server.get('/v1/status/leader')) === '""' ? undefined : true))
    return server
  } catch (error) {
    await server.stop('SIGKILL')
    throw error
  }
}

function ok({ status, body }: Answer, what: string): string {
  if (status !== 200) throw new Error(`${what} was answered ${status}: ${body}`)
  return body
}
