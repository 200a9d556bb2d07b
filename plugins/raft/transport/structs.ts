import { bool, bytes, index, int, list, struct, time } from '../../../src/wire/schema.ts'

/**
 * The messages of hashicorp/raft's transport (protocol/servers.md §10), one declaration each. `ID` and `Addr` are the
 * sender's, as newer releases add them; older ones leave them out and pass over them.
 */
const header = {
  ProtocolVersion: int(),
  ID: bytes({ omitEmptyOnWire: true }),
  Addr: bytes({ omitEmptyOnWire: true }),
}

export const LogStruct = struct('RaftLog', {
  Index: index(),
  Term: index(),
  Type: int(),
  Data: bytes(),
  Extensions: bytes(),
  AppendedAt: time(),
})

/** `ReadLease` is ours, in milliseconds: for how long the leader reads alone (core/lease.ts). Others pass over it. */
export const AppendStruct = struct('RaftAppendEntries', {
  ...header,
  Term: index(),
  Leader: bytes(),
  PrevLogEntry: index(),
  PrevLogTerm: index(),
  Entries: list(LogStruct),
  LeaderCommitIndex: index(),
  ReadLease: index({ omitEmptyOnWire: true }),
})

/**
 * `ConflictTerm` and `ConflictFirst` are ours: with them a leader passes over a whole term at once. Others pass over them,
 * and go by `LastLog`.
 */
export const AppendReplyStruct = struct('RaftAppendEntriesResponse', {
  ...header,
  Term: index(),
  LastLog: index(),
  Success: bool(),
  NoRetryBackoff: bool(),
  ConflictTerm: index({ omitEmptyOnWire: true }),
  ConflictFirst: index({ omitEmptyOnWire: true }),
})

export const VoteStruct = struct('RaftRequestVote', {
  ...header,
  Term: index(),
  Candidate: bytes(),
  LastLogIndex: index(),
  LastLogTerm: index(),
  LeadershipTransfer: bool(),
})

export const VoteReplyStruct = struct('RaftRequestVoteResponse', {
  ...header,
  Term: index(),
  Peers: bytes(),
  Granted: bool(),
})

export const PreVoteStruct = struct('RaftRequestPreVote', {
  ...header,
  Term: index(),
  LastLogIndex: index(),
  LastLogTerm: index(),
})

export const PreVoteReplyStruct = struct('RaftRequestPreVoteResponse', {
  ...header,
  Term: index(),
  Granted: bool(),
})

export const InstallStruct = struct('RaftInstallSnapshot', {
  ...header,
  SnapshotVersion: int(),
  Term: index(),
  Leader: bytes(),
  LastLogIndex: index(),
  LastLogTerm: index(),
  Peers: bytes(),
  Configuration: bytes(),
  ConfigurationIndex: index(),
  Size: index(),
})

export const InstallReplyStruct = struct('RaftInstallSnapshotResponse', {
  ...header,
  Term: index(),
  Success: bool(),
})

/** `Term` is ours: without it a request that was held up could not be told from one of the present term. Others pass over it. */
export const TimeoutNowStruct = struct('RaftTimeoutNow', { ...header, Term: index({ omitEmptyOnWire: true }) })

export const TimeoutNowReplyStruct = struct('RaftTimeoutNowResponse', { ...header })
