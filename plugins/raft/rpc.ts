import { method, Nothing } from '../../src/rpc/method.ts'
import { knownPeers, statusLeader, statusPeers, statusPing, statusRaftStats } from '../../src/rpc/status-methods.ts'
import {
  RaftConfigurationResponse,
  RaftRemovePeerRequest,
  TransferLeaderRequest,
  TransferLeaderResponse,
} from '../../src/wire/structs/operator.ts'
import { DCSpecificRequest } from '../../src/wire/structs/query.ts'
import type { MethodTable } from '../rpc/contract.ts'
import type { Consensus } from './contract.ts'
import {
  LeaderTransferError,
  MembershipError,
  ServerUnknownError,
  StartingError,
  TransferFailedError,
} from './errors.ts'

/** The membership, with the names that gossip knows the servers by. */
export const raftConfiguration = method({
  name: 'Operator.RaftGetConfiguration',
  request: DCSpecificRequest,
  reply: RaftConfigurationResponse,
})

/** Takes the server at an address out of the membership. */
export const removePeerByAddress = method({
  name: 'Operator.RaftRemovePeerByAddress',
  request: RaftRemovePeerRequest,
  reply: Nothing,
})

/** Takes the server with an id out of the membership. */
export const removePeerById = method({
  name: 'Operator.RaftRemovePeerByID',
  request: RaftRemovePeerRequest,
  reply: Nothing,
})

/** Has another server lead (protocol/servers.md §16). */
export const transferLeader = method({
  name: 'Operator.TransferLeader',
  request: TransferLeaderRequest,
  reply: TransferLeaderResponse,
})

export interface RaftMethodsSetup {
  readonly consensus: Consensus
  /** True once the membership on disk is known. */
  hasStarted(): boolean
  /** Name of the node with this server id, as gossip knows it; undefined when it is no member. */
  nodeName(id: string): string | undefined
}

/** What the server port knows of the servers themselves. */
export function addRaftMethods(methods: MethodTable, setup: RaftMethodsSetup): void {
  const { consensus } = setup
  const servers = () => consensus.configuration().servers
  methods.add(statusPing, 'anywhere', () => ({}))
  methods.add(statusLeader, 'anywhere', () => consensus.leader()?.address ?? '')
  // Who takes "none" for an answer may begin a cluster with this server, or take it into another one.
  const remembered = () => {
    if (!setup.hasStarted()) throw new StartingError()
    return servers()
  }
  methods.add(statusPeers, 'anywhere', () => remembered().map(({ address }) => address))
  methods.add(knownPeers, 'anywhere', () => remembered().map(({ id, address }) => ({ ID: id, Address: address })))
  methods.add(statusRaftStats, 'anywhere', () => {
    const { last_contact = 'never', last_log_term = '0', last_log_index = '0' } = consensus.stats()
    return { LastContact: last_contact, LastTerm: Number(last_log_term), LastIndex: Number(last_log_index) }
  })
  methods.add(raftConfiguration, 'read', () => configuration(setup))
  methods.add(removePeerByAddress, 'leader', async ({ Address }, { signal }) => {
    const found = servers().find(({ address }) => address === Address)
    if (found === undefined) throw new ServerUnknownError('address', Address)
    await consensus.removeServer(found.id, signal)
    return {}
  })
  methods.add(removePeerById, 'leader', async ({ ID }, { signal }) => {
    if (!servers().some(({ id }) => id === ID)) throw new ServerUnknownError('id', ID)
    await consensus.removeServer(ID, signal)
    return {}
  })
  methods.add(transferLeader, 'leader', async ({ ID }, { signal }) => {
    if (ID !== '' && !servers().some(({ id }) => id === ID)) {
      throw new LeaderTransferError(`Could not find address for server id ${ID}`)
    }
    try {
      await consensus.transferLeadership(ID === '' ? undefined : ID, signal)
    } catch (error) {
      if (!(error instanceof MembershipError) && !(error instanceof TransferFailedError)) throw error
      throw new LeaderTransferError(error.message, { cause: error })
    }
    return { Success: true }
  })
}

function configuration({ consensus, nodeName }: RaftMethodsSetup): RaftConfigurationResponse {
  const { servers, index } = consensus.configuration()
  const leader = consensus.leader()?.id
  return {
    Servers: servers.map(({ id, address, suffrage }) => ({
      ID: id,
      Node: nodeName(id) ?? '(unknown)',
      Address: address,
      Leader: id === leader,
      ProtocolVersion: '3',
      Voter: suffrage === 'voter',
    })),
    Index: index,
  }
}
