import { RemoteError } from '../../src/rpc/errors.ts'
import { knownPeers, statusPeers } from '../../src/rpc/status-methods.ts'
import { DCSpecificRequest } from '../../src/wire/structs/query.ts'
import type { Connections } from '../connections/contract.ts'
import type { AskPeers } from './contract.ts'

/** Asks our servers for ids and addresses. Servers of Consul's, which do not know that method, tell the addresses alone. */
export function askPeersBy(connections: Pick<Connections, 'ask'>, datacenter: string, timeoutMs: number): AskPeers {
  return async (address, signal) => {
    const options = { signal, timeoutMs }
    try {
      const peers = await connections.ask(address, knownPeers, {}, options)
      return (peers ?? []).map(({ ID, Address }) => ({ id: ID, address: Address }))
    } catch (error) {
      if (!(error instanceof RemoteError)) throw error
      const request = { ...DCSpecificRequest.zero(), Datacenter: datacenter }
      const addresses = (await connections.ask(address, statusPeers, request, options)) ?? []
      return addresses.map((known) => ({ id: '', address: known }))
    }
  }
}
