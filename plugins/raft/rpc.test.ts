import { expect, test } from 'vitest'
import { knownPeers, statusPeers } from '../../src/rpc/status-methods.ts'
import { Store } from '../../src/store/store.ts'
import { LocalRpc } from '../../src/testing/local-rpc.ts'
import { DCSpecificRequest } from '../../src/wire/structs/query.ts'
import type { Consensus, Server } from './contract.ts'
import { addRaftMethods } from './rpc.ts'

function serverWith(servers: Server[], hasStarted: boolean) {
  const rpc = new LocalRpc(new Store([]))
  const consensus = { configuration: () => ({ index: 1, servers }) } as Partial<Consensus> as Consensus
  addRaftMethods(rpc, { consensus, hasStarted: () => hasStarted, nodeName: () => undefined })
  return {
    peers: () => rpc.call(statusPeers, DCSpecificRequest.zero()),
    known: () => rpc.call(knownPeers, {}),
  }
}

test('a server tells the membership it knows, with ids to those who ask for them', async () => {
  const { peers, known } = serverWith([{ id: 'a', address: '10.0.0.1:8300', suffrage: 'voter' }], true)
  expect(await peers()).toEqual(['10.0.0.1:8300'])
  expect(await known()).toEqual([{ ID: 'a', Address: '10.0.0.1:8300' }])
  expect(knownPeers.reply.decode(knownPeers.reply.encode(await known()))).toEqual(await known())
})

test('one that never was in a cluster knows nobody', async () => {
  const { peers, known } = serverWith([], true)
  expect([await peers(), await known()]).toEqual([[], []])
})

test('before it has read its log it does not say that it knows nobody', async () => {
  const { peers, known } = serverWith([], false)
  for (const asked of [peers(), known()]) await expect(asked).rejects.toThrow('the server is still starting')
})
