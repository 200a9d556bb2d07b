import { MsgpackReader } from '../../../src/wire/msgpack-reader.ts'
import { type MsgpackWriter, writeMsgpack } from '../../../src/wire/msgpack-writer.ts'
import type { AppendReply, InstallReply, VoteReply } from '../core/messages.ts'
import {
  AppendReplyStruct,
  InstallReplyStruct,
  PreVoteReplyStruct,
  TimeoutNowReplyStruct,
  VoteReplyStruct,
} from './structs.ts'
import { checkCounters, headerOf, noHeader, type Self } from './wire-header.ts'
import type { Request } from './wire-requests.ts'

export type Reply = AppendReply | VoteReply | InstallReply

/** What came back for a request. */
export interface Answer {
  /** For the core; undefined when the request has none (`timeoutNow`), or was refused. */
  readonly reply: Reply | undefined
  /** Who answered, if it says so. */
  readonly senderId: string | undefined
  /** Why the request was refused. */
  readonly refusal: string | undefined
}

/** A server without pre-votes says this, and lets the candidate go on with the election it would have had without. */
const unexpectedCommand = 'unexpected command'

/** The answer to `request` for the wire: an empty error, and the map of the reply. */
export function encodeReply(request: Request, reply: Reply | undefined, self: Self): Buffer {
  return answered((writer) => {
    const head = headerOf(self)
    if (reply === undefined) return TimeoutNowReplyStruct.write(writer, noHeader)
    switch (reply.type) {
      case 'appendReply':
        return AppendReplyStruct.write(writer, {
          ...head,
          Term: reply.term,
          LastLog: reply.lastIndex,
          Success: reply.success,
          // Another place in the log may fit at once; a leader of the past need not try again.
          NoRetryBackoff: !reply.success && reply.term <= request.term,
          ConflictTerm: reply.conflictTerm ?? 0,
          ConflictFirst: reply.conflictFirst ?? 0,
        })
      case 'voteReply':
        return VoteReplyStruct.write(writer, { ...head, Term: reply.term, Peers: null, Granted: reply.granted })
      case 'preVoteReply':
        return PreVoteReplyStruct.write(writer, { ...head, Term: reply.term, Granted: reply.granted })
      case 'installReply':
        return InstallReplyStruct.write(writer, { ...noHeader, Term: reply.term, Success: reply.success })
    }
  })
}

/** The answer that says only why there is none. */
export function encodeRefusal(reason: string): Buffer {
  return writeMsgpack((writer) => {
    writer.text(reason)
    writer.nil()
  })
}

/**
 * Reads the answer to `request`: the error and the map.
 *
 * @throws RaftWireError or MalformedMsgpackError
 */
export function decodeReply(request: Request, bytes: Buffer): Answer {
  const reader = new MsgpackReader(bytes)
  const error = reader.text()
  if (error !== '') {
    reader.skip()
    reader.end()
    return refused(request, error)
  }
  const answer = read(request, reader)
  reader.end()
  return answer
}

function read(request: Request, reader: MsgpackReader): Answer {
  const between = { from: request.to, to: request.from }
  switch (request.type) {
    case 'append': {
      const { echo } = request
      const { ID, Term, LastLog, Success, ConflictTerm, ConflictFirst } = AppendReplyStruct.read(reader)
      checkCounters(Term, LastLog, ConflictTerm, ConflictFirst)
      const hint = ConflictTerm > 0 && ConflictFirst > 0
      const reply: AppendReply = {
        type: 'appendReply',
        ...between,
        term: Term,
        success: Success,
        lastIndex: LastLog,
        ...(hint && { conflictTerm: ConflictTerm, conflictFirst: ConflictFirst }),
        echo,
      }
      return from(ID, reply)
    }
    case 'vote': {
      const { ID, Term, Granted } = VoteReplyStruct.read(reader)
      checkCounters(Term)
      return from(ID, { type: 'voteReply', ...between, term: Term, granted: Granted })
    }
    case 'preVote': {
      const { ID, Term, Granted } = PreVoteReplyStruct.read(reader)
      checkCounters(Term)
      return from(ID, { type: 'preVoteReply', ...between, term: Term, granted: Granted })
    }
    case 'install': {
      const { ID, Term, Success } = InstallReplyStruct.read(reader)
      checkCounters(Term)
      return from(ID, { type: 'installReply', ...between, term: Term, success: Success, echo: request.echo })
    }
    case 'timeoutNow':
      return from(TimeoutNowReplyStruct.read(reader).ID, undefined)
  }
}

function from(id: Buffer | null, reply: Reply | undefined): Answer {
  return { reply, senderId: id?.toString(), refusal: undefined }
}

function refused(request: Request, refusal: string): Answer {
  if (request.type !== 'preVote' || refusal !== unexpectedCommand) {
    return { reply: undefined, senderId: undefined, refusal }
  }
  const reply: VoteReply = {
    type: 'preVoteReply',
    from: request.to,
    to: request.from,
    term: request.term,
    granted: true,
  }
  return { reply, senderId: undefined, refusal: undefined }
}

function answered(write: (writer: MsgpackWriter) => void): Buffer {
  return writeMsgpack((writer) => {
    writer.text('')
    write(writer)
  })
}
