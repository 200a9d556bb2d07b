import { defineCommand, expectArguments } from '../../command.ts'
import { CommandUsageError, orComplain } from '../../command-errors.ts'
import { columns } from '../../print.ts'

export const raftListPeers = defineCommand({
  usage: 'operator raft list-peers [flags]',
  about: 'Lists the servers of the cluster as Raft knows them.',
  asksServers: true,
  flags: {},
  async run({ args, client, read, terminal }) {
    expectArguments(args, 0)
    const { Servers } = await orComplain('Error getting peers', client.operator.raftConfiguration(read))
    const rows = (Servers ?? []).map(({ Node, ID, Address, Leader, Voter, ProtocolVersion }) => [
      Node,
      ID,
      Address,
      Leader ? 'leader' : 'follower',
      String(Voter),
      ProtocolVersion || '<=1',
    ])
    terminal.print(columns([['Node', 'ID', 'Address', 'State', 'Voter', 'RaftProtocol'], ...rows]))
    return 0
  },
})

export const raftRemovePeer = defineCommand({
  usage: 'operator raft remove-peer [flags]',
  about: 'Takes a server out of the cluster that will not come back. Of a server that runs, ask it to\nleave instead.',
  asksServers: true,
  flags: {
    address: { type: 'text', argument: 'ip:port', help: 'The server by its address.' },
    id: { type: 'text', help: 'The server by its id.' },
  },
  async run({ flags: { address = '', id = '' }, args, client, terminal }) {
    expectArguments(args, 0)
    if (address === '' && id === '') throw new CommandUsageError('an address or id is required for the peer to remove')
    if (address !== '' && id !== '') throw new CommandUsageError('cannot give both an address and id')
    await orComplain('Error removing peer', client.operator.removePeer(id === '' ? { address } : { id }))
    terminal.print(
      id === '' ? `Removed peer with address ${JSON.stringify(address)}` : `Removed peer with id ${JSON.stringify(id)}`,
    )
    return 0
  },
})

export const raftTransferLeader = defineCommand({
  usage: 'operator raft transfer-leader [flags]',
  about: 'Has another server lead: the one with -id, or the one whose log is most complete.',
  asksServers: true,
  flags: { id: { type: 'text', help: 'Id of the server that shall lead.' } },
  async run({ flags, args, client, terminal }) {
    expectArguments(args, 0)
    // Consul's words, with Consul's spelling.
    await orComplain(
      'Error transfering leadership: Failed to transfer leadership',
      client.operator.transferLeader(flags.id),
    )
    terminal.print('Success')
    return 0
  },
})
