import { expect, test } from 'vitest'
import { AgentProcess, agentPorts, eventually, scratchDir } from './agent-process.ts'
import { ConsulCaller, recorded, wireValues } from './consul-conversation.ts'
import { startServer } from './server.ts'
import { shapeDifferences } from './wire-shape.ts'

/** What an agent asks from its start on, and then what its HTTP and DNS interfaces make it ask. */
const joining = ['Status.Ping', 'Catalog.Register-node']
const serfHealth = {
  CheckID: 'serfHealth',
  Name: 'Serf Health Status',
  Status: 'passing',
  Output: 'Agent alive and reachable',
}
const settling = ['Health.NodeChecks', 'Health.ChecksInState', 'Catalog.Register-service', 'Catalog.NodeServiceList']
const reads = [
  'Coordinate.Node',
  'Coordinate.Update',
  'Status.Leader',
  'Status.Peers',
  'Status.RaftStats',
  'Catalog.ListDatacenters',
  'Catalog.ListNodes',
  'Catalog.ListServices',
  'Catalog.ServiceNodes',
  'Catalog.NodeServices',
  'Health.ServiceNodes',
  'Health.ServiceChecks',
  'Internal.NodeInfo',
  'Internal.EventFire',
]
const data = [
  'KVS.Apply-set',
  'KVS.Get',
  'KVS.Get-missing',
  'KVS.Get-consistent',
  'KVS.List',
  'KVS.ListKeys',
  'KVS.Apply-cas',
  'Session.Apply-create',
  'Session.Get',
  'Session.List',
  'Session.NodeSessions',
  'Session.Renew',
  'KVS.Apply-lock',
  'KVS.Apply-unlock',
  'Session.Apply-destroy',
  'Txn.Apply',
  'Txn.Apply-failed',
  'Txn.Read',
  'Txn.Read-failed',
  'KVS.Get-blocking',
  'KVS.Apply-delete-tree',
  'PreparedQuery.Apply',
  'PreparedQuery.Get',
  'PreparedQuery.List',
  'PreparedQuery.Execute',
  'PreparedQuery.Explain',
]
const operator = [
  'Operator.RaftGetConfiguration',
  'Operator.AutopilotGetConfiguration',
  'Operator.ServerHealth',
  'Operator.AutopilotState',
  'Coordinate.ListDatacenters',
  'Catalog.Deregister-check',
  'Catalog.Deregister-service',
]
/** A conversation with our server, and where its replies have another shape than those that were recorded. */
class Replay {
  readonly differences: string[] = []
  readonly #caller: ConsulCaller
  /** Ids that our server made up, in place of those it made up when this was recorded. */
  readonly #ids = new Map<string, string>()

  constructor(caller: ConsulCaller) {
    this.#caller = caller
  }

  async say(name: string): Promise<void> {
    this.differences.push(...(await this.#ask(name)))
  }

  /** Asks again until the reply is as recorded: for what servers do some time later. */
  sayUntil(name: string): Promise<true> {
    return eventually(async (): Promise<true> => {
      const differences = await this.#ask(name)
      if (differences.length === 0) return true
      throw new Error(differences.join('\n'))
    })
  }

  async #ask(name: string): Promise<string[]> {
    let request = recorded(`rpc/${name}/request`).toString('latin1')
    for (const [theirs, ours] of this.#ids) request = request.replaceAll(theirs, ours)
    const [header, body] = await this.#caller.ask(Buffer.from(request, 'latin1'))
    const [expectedHeader, expectedBody] = wireValues(recorded(`rpc/${name}/response`)) as [typeof header, typeof body]
    // Sequence number, method and error are the same to the letter.
    expect(header, name).toEqual(expectedHeader)
    if (body.kind === 'text' && expectedBody.kind === 'text' && body.value.length === 36) {
      this.#ids.set(expectedBody.value, body.value)
    }
    return shapeDifferences(body, expectedBody, name)
  }
}

test('a server of ours answers a real agent of Consul as a real server did', { timeout: 60_000 }, async () => {
  await using server = await startServer()
  using caller = await ConsulCaller.open(server.ports.server)
  const replay = new Replay(caller)
  for (const name of joining) await replay.say(name)
  // The leader's part, once it sees the agent among the members.
  await server.put('/v1/catalog/register', { Node: 'c1', SkipNodeUpdate: true, Check: serfHealth })
  for (const name of [...settling, ...reads, ...data, ...operator]) await replay.say(name)
  expect(replay.differences).toEqual([])
  // Coordinates are written in batches, some seconds after they came.
  await replay.sayUntil('Coordinate.ListNodes')
  expect(caller.frames[0]).toBe('window update, ACK')
})

test('refusals are the words that agents look for', { timeout: 120_000 }, async () => {
  await using server = await startServer()
  const refused = async (request: Buffer, recordedReply: string) => {
    using caller = await ConsulCaller.open(server.ports.server)
    const [header, body] = await caller.ask(request)
    const [expected, empty] = wireValues(recorded(recordedReply))!
    const error = (one: typeof header | undefined) => (one?.kind === 'map' ? one.entries.get('Error') : undefined)
    expect(error(header)).toEqual(error(expected))
    expect(body).toEqual(empty)
    return caller
  }
  const elsewhere = recorded('rpc/KVS.Get/request').toString('latin1').replace('\xa3dc1', '\xa3dc9')
  await refused(Buffer.from(elsewhere, 'latin1'), 'rpc/error-no-path-to-datacenter/response')

  const unknown = recorded('rpc/Status.Ping/request').toString('latin1').replace('Status.Ping', 'Status.Nope')
  const caller = await refused(Buffer.from(unknown, 'latin1'), 'rpc/error-unknown-method/response')
  await eventually(async () => (caller.frames.includes('window update, FIN') ? true : undefined))
})

test('a server that waits for others has no peers to tell of', { timeout: 120_000 }, async () => {
  const ports = await agentPorts()
  using dir = scratchDir()
  const args = ['agent', '-server', '-bootstrap-expect=3', '-bind=127.0.0.1', `-data-dir=${dir.path}`, ...ports.flags]
  await using server = new AgentProcess(args)
  await server.printed(/protocol=http/)
  using caller = await ConsulCaller.open(ports.server)
  const replay = new Replay(caller)
  await replay.say('Status.Peers-before-bootstrap')
  expect(replay.differences).toEqual([])
})
