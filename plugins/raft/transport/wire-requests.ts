import { writeMsgpack } from '../../../src/wire/msgpack-writer.ts'
import { decodeConfiguration } from '../core/configuration.ts'
import type { AppendRequest, InstallRequest, TimeoutNow, VoteRequest } from '../core/messages.ts'
import { RaftWireError } from './errors.ts'
import { AppendStruct, InstallStruct, PreVoteStruct, TimeoutNowStruct, VoteStruct } from './structs.ts'
import { checkAppend, entryOf, logOf } from './wire-entries.ts'
import { checkCounters, type Directory, headerOf, refusalOfVersion, type Self, senderOf } from './wire-header.ts'

/** First byte of a request on a raft connection (protocol/servers.md §10). */
export const requestType = { append: 0, vote: 1, install: 2, timeoutNow: 3, preVote: 4 } as const
export const requestTypeMax = 4

export type Request = AppendRequest | VoteRequest | InstallRequest | TimeoutNow

/** A request as it came in. */
export interface Incoming {
  readonly request: Request
  /** Bytes of a snapshot that follow it. */
  readonly sizeBytes: number
  /** Why it cannot be answered but with an error. */
  readonly refusal: string | undefined
}

const snapshotVersion = 1

/** Confirms the leader and touches no log. Consul's servers answer it on a fast path. */
export function isHeartbeat({ prevIndex, entries, commitIndex }: AppendRequest): boolean {
  return prevIndex === 0 && commitIndex === 0 && entries.length === 0
}

/** A request for the wire; `sizeBytes` of a snapshot are to follow it. */
export function encodeRequest(request: Request, self: Self, sizeBytes = 0): Buffer {
  const head = headerOf(self)
  switch (request.type) {
    case 'append':
      return typed(requestType.append, AppendStruct, {
        ...head,
        Term: request.term,
        Leader: head.Addr,
        PrevLogEntry: request.prevIndex,
        PrevLogTerm: request.prevTerm,
        Entries: isHeartbeat(request) ? null : request.entries.map(logOf),
        LeaderCommitIndex: request.commitIndex,
        ReadLease: request.leaseMs ?? 0,
      })
    case 'vote':
      return typed(requestType.vote, VoteStruct, {
        ...head,
        Term: request.term,
        Candidate: head.Addr,
        LastLogIndex: request.lastIndex,
        LastLogTerm: request.lastTerm,
        LeadershipTransfer: request.transfer,
      })
    case 'preVote':
      return typed(requestType.preVote, PreVoteStruct, {
        ...head,
        Term: request.term,
        LastLogIndex: request.lastIndex,
        LastLogTerm: request.lastTerm,
      })
    case 'install':
      return typed(requestType.install, InstallStruct, {
        ...head,
        SnapshotVersion: snapshotVersion,
        Term: request.term,
        Leader: head.Addr,
        LastLogIndex: request.snapshot.index,
        LastLogTerm: request.snapshot.term,
        Peers: legacyPeers(request.snapshot.configuration),
        Configuration: request.snapshot.configuration,
        ConfigurationIndex: request.snapshot.configurationIndex,
        Size: sizeBytes,
      })
    case 'timeoutNow':
      return typed(requestType.timeoutNow, TimeoutNowStruct, { ...head, Term: request.term })
  }
}

/**
 * Reads a request: its type byte and its map. `token` goes into the echo, by which the answer is known again.
 *
 * @throws RaftWireError, MalformedMsgpackError or ConfigurationFormatError
 */
export function decodeRequest(type: number, map: Buffer, directory: Directory, token: number): Incoming {
  switch (type) {
    case requestType.append:
      return decodeAppend(map, directory, token)
    case requestType.vote:
      return decodeVote(map, directory)
    case requestType.preVote:
      return decodePreVote(map, directory)
    case requestType.install:
      return decodeInstall(map, directory, token)
    case requestType.timeoutNow:
      return decodeTimeoutNow(map, directory)
  }
  throw new RaftWireError(`there is no request of type ${type}`)
}

function decodeAppend(map: Buffer, directory: Directory, token: number): Incoming {
  const asked = AppendStruct.decode(map)
  const { Term, PrevLogEntry, PrevLogTerm, LeaderCommitIndex, ReadLease } = asked
  const request: AppendRequest = {
    type: 'append',
    from: senderOf(asked, asked.Leader, directory),
    to: directory.self.id,
    term: Term,
    prevIndex: PrevLogEntry,
    prevTerm: PrevLogTerm,
    entries: (asked.Entries ?? []).map(entryOf),
    commitIndex: LeaderCommitIndex,
    leaseMs: ReadLease > 0 ? ReadLease : undefined,
    echo: { prevIndex: PrevLogEntry, upTo: 0, round: token, sentAtMs: 0 },
  }
  checkAppend(request)
  return { request, sizeBytes: 0, refusal: refusalOfVersion(asked) }
}

function decodeVote(map: Buffer, directory: Directory): Incoming {
  const asked = VoteStruct.decode(map)
  const { Term, LastLogIndex, LastLogTerm, LeadershipTransfer } = asked
  checkCounters(Term, LastLogIndex, LastLogTerm)
  const request: VoteRequest = {
    type: 'vote',
    from: senderOf(asked, asked.Candidate, directory),
    to: directory.self.id,
    term: Term,
    lastIndex: LastLogIndex,
    lastTerm: LastLogTerm,
    transfer: LeadershipTransfer,
  }
  return { request, sizeBytes: 0, refusal: refusalOfVersion(asked) }
}

function decodePreVote(map: Buffer, directory: Directory): Incoming {
  const asked = PreVoteStruct.decode(map)
  const { Term, LastLogIndex, LastLogTerm } = asked
  checkCounters(Term, LastLogIndex, LastLogTerm)
  const request: VoteRequest = {
    type: 'preVote',
    from: senderOf(asked, null, directory),
    to: directory.self.id,
    term: Term,
    lastIndex: LastLogIndex,
    lastTerm: LastLogTerm,
    transfer: false,
  }
  return { request, sizeBytes: 0, refusal: refusalOfVersion(asked) }
}

function decodeInstall(map: Buffer, directory: Directory, token: number): Incoming {
  const asked = InstallStruct.decode(map)
  const { Term, LastLogIndex, LastLogTerm, ConfigurationIndex, Size, SnapshotVersion } = asked
  checkCounters(Term, LastLogIndex, LastLogTerm, ConfigurationIndex, Size)
  if (SnapshotVersion !== snapshotVersion) throw new RaftWireError(`it sends a snapshot of version ${SnapshotVersion}`)
  if (LastLogIndex === 0 || LastLogTerm > Term || ConfigurationIndex > LastLogIndex) {
    throw new RaftWireError('it sends a snapshot of a place that no log can have')
  }
  const configuration = asked.Configuration ?? Buffer.alloc(0)
  decodeConfiguration(configuration)
  const request: InstallRequest = {
    type: 'install',
    from: senderOf(asked, asked.Leader, directory),
    to: directory.self.id,
    term: Term,
    snapshot: { index: LastLogIndex, term: LastLogTerm, configuration, configurationIndex: ConfigurationIndex },
    echo: { prevIndex: 0, upTo: LastLogIndex, round: token, sentAtMs: 0 },
  }
  return { request, sizeBytes: Size, refusal: refusalOfVersion(asked) }
}

/** From Consul's servers it names no term and, from older ones, no sender: whoever receives it fills in its own term and its leader. */
function decodeTimeoutNow(map: Buffer, directory: Directory): Incoming {
  const asked = TimeoutNowStruct.decode(map)
  checkCounters(asked.Term)
  const from = asked.ID === null && asked.Addr === null ? '' : senderOf(asked, null, directory)
  const request: TimeoutNow = { type: 'timeoutNow', from, to: directory.self.id, term: asked.Term }
  return { request, sizeBytes: 0, refusal: refusalOfVersion(asked) }
}

/** The voters' addresses, as releases before ids knew a membership. */
function legacyPeers(configuration: Buffer): Buffer {
  const voters = decodeConfiguration(configuration).filter((server) => server.suffrage === 'voter')
  return writeMsgpack((writer) => {
    writer.listHeader(voters.length)
    for (const { address } of voters) writer.text(address)
  })
}

function typed<T>(type: number, struct: { encode(value: T): Buffer }, value: T): Buffer {
  const map = struct.encode(value)
  return Buffer.concat([Buffer.of(type), map])
}
