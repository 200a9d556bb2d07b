import { describe, expect, test } from 'vitest'
import { RemoteError } from '../../src/rpc/errors.ts'
import { Store } from '../../src/store/store.ts'
import { askRoute } from '../../src/testing/ask-route.ts'
import { LocalRpc } from '../../src/testing/local-rpc.ts'
import type { Consensus, Server } from './contract.ts'
import { LeaderTransferError } from './errors.ts'
import { operatorRoutes } from './operator-routes.ts'
import { addRaftMethods } from './rpc.ts'

const servers: Server[] = [
  { id: 'a', address: '10.0.0.1:8300', suffrage: 'voter' },
  { id: 'b', address: '10.0.0.2:8300', suffrage: 'voter' },
]

function ask(path: string, parameters: Readonly<Record<string, string | undefined>>) {
  const told: string[] = []
  const consensus: Partial<Consensus> = {
    configuration: () => ({ index: 1, servers }),
    removeServer: async (id) => void told.push(`remove ${id}`),
    transferLeadership: async (id) => void told.push(`transfer to ${id}`),
  }
  const rpc = new LocalRpc(new Store([]))
  addRaftMethods(rpc, { consensus: consensus as Consensus, hasStarted: () => true, nodeName: () => undefined })
  const query = new URLSearchParams(Object.entries(parameters).filter((pair): pair is [string, string] => !!pair[1]))
  const method = path.endsWith('/peer') ? 'DELETE' : 'PUT'
  return { told, answered: (async () => askRoute(operatorRoutes(rpc), method, `${path}?${query}`))() }
}

describe('removing a server', () => {
  const path = '/v1/operator/raft/peer'

  test('goes by id or address', async () => {
    for (const parameters of [{ id: 'b' }, { address: '10.0.0.2:8300' }]) {
      const { told, answered } = ask(path, parameters)
      expect(await answered).toMatchObject({ status: 200, body: '' })
      expect(told).toEqual(['remove b'])
    }
  })

  test.for([
    [{}, "Bad request: Must specify either ?id with the server's ID or ?address with IP:port of peer to remove"],
    [{ id: 'a', address: 'b' }, 'Bad request: Must specify only one of ?id or ?address'],
    [{ id: 'x' }, 'id "x" was not found in the Raft configuration'],
    [{ address: '192.0.2.1:8300' }, 'address "192.0.2.1:8300" was not found in the Raft configuration'],
    [{ id: 'a', dc: 'dc2' }, 'No path to datacenter'],
  ] as const)('refuses %o in Consul’s words', async ([parameters, message]) => {
    const { told, answered } = ask(path, parameters)
    await expect(answered).rejects.toThrow(message)
    expect(told).toEqual([])
  })
})

test('leadership goes to the server that was named, or to any', async () => {
  const path = '/v1/operator/raft/transfer-leader'
  for (const [parameters, word] of [
    [{ id: 'b' }, 'transfer to b'],
    [{}, 'transfer to undefined'],
  ] as const) {
    const { told, answered } = ask(path, parameters)
    expect(await answered).toMatchObject({ body: '{"Success":true}' })
    expect(told).toEqual([word])
  }
  await expect(ask(path, { id: 'x' }).answered).rejects.toThrow(
    'rpc error: code = Unknown desc = Could not find address for server id x',
  )
})

test('what the leader says of a transfer is the same through every agent', () => {
  const said = new LeaderTransferError('cannot find peer')
  for (const hops of ['', 'rpc error making call: ']) {
    expect(LeaderTransferError.said(new RemoteError(`${hops}${said.message}`))?.message).toBe(said.message)
  }
  expect(LeaderTransferError.said(new RemoteError('No cluster leader'))).toBeUndefined()
})
