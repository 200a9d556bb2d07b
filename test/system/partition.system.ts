import { join } from 'node:path'
import { expect, test } from 'vitest'
import { AgentProcess, eventually, proconsul, scratchDir } from '../cluster/agent-process.ts'
import { ask, type Request } from '../cluster/http.ts'
import { RaftWorkload } from '../cluster/raft-workload.ts'
import { Namespaces } from './namespaces.ts'

/** An agent on a host of the network. HTTP is on a socket of the file system, which reaches into every namespace. */
class Host {
  readonly name: string
  readonly process: AgentProcess
  readonly #socketPath: string

  constructor(network: Namespaces, host: number, dir: string, server: boolean) {
    this.name = `host-${host}`
    this.#socketPath = join(dir, `${this.name}.sock`)
    const [command, ...inside] = network.on(host)
    const args = [
      ...(server ? ['-server'] : []),
      ...(server && host === 0 ? ['-bootstrap-expect=3'] : []),
      ...(host > 0 ? [`-retry-join=${network.address(0)}`, '-retry-interval=1s'] : []),
      `-node=${this.name}`,
      `-bind=${network.address(host)}`,
      `-data-dir=${join(dir, this.name)}`,
      '-dns-port=-1',
      `-client=unix://${this.#socketPath}`,
      '-hcl=performance { raft_multiplier = 1 }',
    ]
    this.process = new AgentProcess([...inside, proconsul, 'agent', ...args], { command })
  }

  ask(path: string, request: Request = {}) {
    return ask(0, path, { socketPath: this.#socketPath, ...request })
  }

  async leader(): Promise<string> {
    return JSON.parse((await this.ask('/v1/status/leader')).body) as string
  }
}

test('a minority that is cut off serves nothing but what is asked for stale, and the majority goes on', {
  timeout: 180_000,
}, async () => {
  using dir = scratchDir()
  using network = new Namespaces(4)
  const hosts = [0, 1, 2, 3].map((host) => new Host(network, host, dir.path, host < 3))
  const [, , , client] = hosts as [Host, Host, Host, Host]
  const servers = hosts.slice(0, 3)
  try {
    const led = (by: (address: string) => boolean, among: readonly Host[]) =>
      eventually(async () => {
        const said = await Promise.all(among.map((host) => host.leader().catch(() => '')))
        return said[0] !== '' && said.every((one) => one === said[0]) && by(said[0]!) ? said[0]! : undefined
      }, 60_000)
    const first = await led(() => true, servers)
    await eventually(async () => ((await client.ask('/v1/kv/none')).status === 404 ? true : undefined), 30_000)
    const leader = [0, 1, 2].find((host) => first.startsWith(`${network.address(host)}:`))!
    const cut = servers[leader]!
    const rest = servers.filter((server) => server !== cut)
    const load = new RaftWorkload({
      members: [client, ...servers],
      ask: (host: Host, path, request = {}) => host.ask(path, { ...request, agent: undefined }),
      leader: () =>
        eventually(async () => ((await client.ask('/v1/kv/none?consistent')).status === 404 ? client : undefined)),
    })
    await load.progress(30)
    await client.ask('/v1/kv/seen', { method: 'PUT', body: 'before' })

    network.cut(leader)
    await led((address) => address !== first, rest)
    await load.progress(30, 40_000)
    await eventually(async () => {
      const { status } = await client.ask('/v1/kv/seen', { method: 'PUT', body: 'after' })
      return status === 200 ? true : undefined
    })
    // Whoever asks the minority is told that there is no leader, not what it remembers.
    for (const path of ['/v1/kv/seen?raw', '/v1/kv/seen?raw&consistent']) {
      const { status, body } = await cut.ask(path)
      expect({ status, body }).toEqual({ status: 500, body: expect.stringContaining('No cluster leader') })
    }
    expect((await cut.ask('/v1/kv/seen?raw&stale')).body).toBe('before')
    expect((await cut.ask('/v1/kv/seen', { method: 'PUT', body: 'lost' })).status).toBe(500)

    network.heal()
    await led(() => true, servers)
    await eventually(async () => ((await cut.ask('/v1/kv/seen?raw')).body === 'after' ? true : undefined), 30_000)
    await load.progress(30, 40_000)
    const { verdicts } = await load.finish()
    expect([...new Set(verdicts)]).toEqual(['linearizable'])
  } finally {
    await Promise.all(hosts.map(({ process }) => process[Symbol.asyncDispose]()))
  }
})
