import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ProconsulError } from '../../../src/kernel/errors.ts'
import type { AppendRequest, VoteRequest } from '../core/messages.ts'
import vectors from '../raft-vectors.json' with { type: 'json' }
import {
  AppendReplyStruct,
  AppendStruct,
  InstallReplyStruct,
  InstallStruct,
  PreVoteReplyStruct,
  PreVoteStruct,
  TimeoutNowStruct,
  VoteReplyStruct,
  VoteStruct,
} from './structs.ts'
import { decodeReply, encodeRefusal, encodeReply, type Reply } from './wire-replies.ts'
import { decodeRequest, encodeRequest, type Request } from './wire-requests.ts'

const self = { id: 'self', address: '127.0.0.9:8300' }
const ids: Record<string, string> = { '127.0.0.32:27300': 'server-32', '127.0.0.33:27300': 'server-33' }
const directory = { self, idOf: (address: string) => ids[address] }

const bytesOf = (name: string) => {
  const vector = vectors.find((each) => each.name === name)
  if (vector === undefined) throw new Error(`there is no vector ${name}`)
  return Buffer.from(vector.bytes_hex, 'hex')
}
// biome-ignore lint/suspicious/noExplicitAny: every vector has other fields
const decodedOf = (name: string): any => vectors.find((each) => each.name === name)!.decoded

const requestStructs = {
  AppendEntries: AppendStruct,
  RequestVote: VoteStruct,
  InstallSnapshot: InstallStruct,
  TimeoutNow: TimeoutNowStruct,
  RequestPreVote: PreVoteStruct,
}
const replyStructs = {
  AppendEntries: AppendReplyStruct,
  RequestVote: VoteReplyStruct,
  InstallSnapshot: InstallReplyStruct,
  TimeoutNow: TimeoutNowStruct,
  RequestPreVote: PreVoteReplyStruct,
}
type Rpc = keyof typeof requestStructs

/** A decoded value in the spelling of the vectors: bytes as text, or as hex where they are none. */
function spelled(value: unknown): unknown {
  if (Buffer.isBuffer(value)) return value.toString()
  if (Array.isArray(value)) return value.map(spelled)
  if (typeof value !== 'object' || value === null) return value
  if ('unixSeconds' in value) return 'time'
  return Object.fromEntries(Object.entries(value).map(([key, field]) => [key, spelled(field)]))
}

/** What the vectors say, as far as it can be told in those words. */
function said(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(said)
  if (typeof value !== 'object' || value === null) return value
  if ('$time' in value) return 'time'
  if ('$hex' in value) return Buffer.from(String(value.$hex), 'hex').toString()
  return Object.fromEntries(Object.entries(value).map(([key, field]) => [key, said(field)]))
}

const requests = vectors.filter(({ decoded }) => 'rpc_type' in decoded && 'request' in decoded)
const replies = vectors.filter(({ decoded }) => 'response' in decoded && decoded.response !== null)

describe('hashicorp/raft’s messages', () => {
  test.for(requests.map(({ name }) => name))('%s decodes to what was meant and encodes to the same bytes', (name) => {
    const bytes = bytesOf(name)
    const { rpc_name, request } = decodedOf(name)
    const struct = requestStructs[rpc_name as Rpc]
    const decoded = struct.decode(bytes.subarray(1))
    expect(spelled(decoded)).toMatchObject(said(namesOnly(request, decoded)) as object)
    expect(struct.encode(decoded as never)).toEqual(bytes.subarray(1))
  })

  test.for(replies.map(({ name }) => name))('%s decodes to what was meant and encodes to the same bytes', (name) => {
    const bytes = bytesOf(name)
    const rpc = name.slice('raft/'.length).split('-')[0] as Rpc
    const decoded = replyStructs[rpc].decode(bytes.subarray(1))
    expect(spelled(decoded)).toMatchObject(decodedOf(name).response)
    expect(replyStructs[rpc].encode(decoded as never)).toEqual(bytes.subarray(1))
  })

  test.for(requests.map(({ name }) => name))('%s comes to the core as the request it is', (name) => {
    const bytes = bytesOf(name)
    const { request, refusal, sizeBytes } = decodeRequest(bytes[0]!, bytes.subarray(1), directory, 7)
    expect(refusal).toBeUndefined()
    const asked = decodedOf(name).request
    const sender = asked.ID ?? ids[asked.Leader ?? asked.Candidate] ?? asked.Leader ?? ''
    expect(request).toMatchObject({ from: sender, to: 'self', term: asked.Term ?? 0 })
    expect(sizeBytes).toBe(asked.Size ?? 0)
    if (request.type === 'append') expect(request.leaseMs).toBeUndefined()
  })
})

/** The vectors add explanations beside the fields (`configuration`, `peers`); only the fields themselves are compared. */
function namesOnly(request: Record<string, unknown>, decoded: object): unknown {
  return Object.fromEntries(
    Object.entries(request)
      .filter(([name]) => name in decoded)
      .map(([name, value]) => [name, name === 'Entries' ? entriesOnly(value) : value]),
  )
}

function entriesOnly(entries: unknown): unknown {
  if (!Array.isArray(entries)) return entries
  return entries.map(({ Index, Term, Type, AppendedAt }) => ({ Index, Term, Type, AppendedAt }))
}

const between = { from: 'a', to: 'b', term: 7 } as const
const echo = { prevIndex: 9, upTo: 11, round: 3, sentAtMs: 5 }
const entry = {
  index: 10,
  term: 7,
  type: 0,
  data: Buffer.from('x'),
  extensions: null,
  appendedAtMs: 1_700_000_000_123,
} as const
const append: AppendRequest = {
  ...between,
  type: 'append',
  prevIndex: 9,
  prevTerm: 6,
  entries: [entry, { ...entry, index: 11, type: 1, data: null, extensions: Buffer.of(8, 1) }],
  commitIndex: 8,
  leaseMs: 300,
  echo,
}
const vote: VoteRequest = { ...between, type: 'vote', lastIndex: 5, lastTerm: 6, transfer: true }
const configuration = Buffer.from('81a7536572766572739183a741646472657373a178a24944a161a8537566667261676500', 'hex')
const sent: Request[] = [
  append,
  vote,
  { ...vote, type: 'preVote', transfer: false },
  {
    ...between,
    type: 'install',
    snapshot: { index: 9, term: 6, configuration, configurationIndex: 4 },
    echo: { ...echo, prevIndex: 0, upTo: 9 },
  },
  { ...between, type: 'timeoutNow' },
]

describe('our own messages', () => {
  const sender = { id: 'a', address: '127.0.0.1:8300' }
  const receiver = { self: { id: 'b', address: '127.0.0.2:8300' }, idOf: () => undefined }

  test.for(sent)('a request ($type) arrives as it was sent', (request) => {
    const bytes = encodeRequest(request, sender, 1234)
    const incoming = decodeRequest(bytes[0]!, bytes.subarray(1), receiver, 42)
    expect(incoming.sizeBytes).toBe(request.type === 'install' ? 1234 : 0)
    const { echo: _, ...kept } = { echo, ...request }
    expect(incoming.request).toMatchObject(kept)
    if ('echo' in incoming.request) expect(incoming.request.echo.round).toBe(42)
  })

  const back = { from: 'b', to: 'a', term: 7 } as const
  const answers: [Request, Reply | undefined][] = [
    [append, { ...back, type: 'appendReply', success: true, lastIndex: 9, echo }],
    [append, { ...back, type: 'appendReply', success: false, lastIndex: 30, conflictTerm: 4, conflictFirst: 5, echo }],
    [append, { ...back, type: 'appendReply', success: false, lastIndex: 3, echo }],
    [vote, { ...back, type: 'voteReply', granted: true }],
    [sent[2]!, { ...back, type: 'preVoteReply', granted: false }],
    [sent[3]!, { ...back, type: 'installReply', success: true, echo: (sent[3] as AppendRequest).echo }],
    [sent[4]!, undefined],
  ]
  test.for(answers)('an answer to %o arrives as it was sent', ([request, reply]) => {
    const answer = decodeReply(request, encodeReply(request, reply, receiver.self))
    expect(answer).toMatchObject({ reply, refusal: undefined })
    if (reply !== undefined && reply.type !== 'installReply') expect(answer.senderId).toBe('b')
  })

  test('a server without pre-votes does not stand in the way of an election', () => {
    const bytes = bytesOf('raft/RequestPreVote-response-unsupported')
    expect(decodeReply(sent[2]!, bytes).reply).toMatchObject({
      type: 'preVoteReply',
      from: 'b',
      term: 7,
      granted: true,
    })
    expect(decodeReply(vote, bytes)).toEqual({ reply: undefined, senderId: undefined, refusal: 'unexpected command' })
  })

  test('an old protocol version is refused in Consul’s words', () => {
    const old = TimeoutNowStruct.encode({ ProtocolVersion: 1, ID: null, Addr: null, Term: 0 })
    const { refusal } = decodeRequest(3, old, receiver, 1)
    expect(encodeRefusal(refusal!)).toEqual(bytesOf('raft/error-response'))
  })
})

describe('what no server sends', () => {
  const receiver = { self, idOf: () => undefined }
  const refused = (change: Partial<AppendRequest>) => () => {
    const bytes = encodeRequest({ ...append, ...change }, { id: 'a', address: 'x' })
    return decodeRequest(bytes[0]!, bytes.subarray(1), receiver, 1)
  }

  test('is refused before the core sees it', () => {
    expect(refused({ prevIndex: 8 })).toThrow('entry 10 does not follow entry 8')
    expect(refused({ term: 6 })).toThrow('entry 10 has a wrong term')
    expect(refused({ prevTerm: 8 })).toThrow('of a later term than the leader')
    expect(refused({ entries: [{ ...entry, type: 5, data: Buffer.from('no') }] })).toThrow('raft configuration')
    expect(refused({ entries: [{ ...entry, type: 99 as never }] })).toThrow('unknown type 99')
    expect(refused({ term: 2 ** 53 - 1 })).toThrow('beyond any term')
    expect(() => decodeRequest(9, Buffer.of(0x80), receiver, 1)).toThrow('no request of type 9')
  })

  test('of any bytes ends in a request, an answer or an error of ours', () => {
    const real = sent.map((request) => encodeRequest(request, { id: 'a', address: 'x' }))
    const damaged = fc
      .tuple(fc.constantFrom(...real), fc.nat(), fc.integer({ min: 0, max: 255 }))
      .map(([bytes, at, to]) => {
        const copy = Buffer.from(bytes)
        copy[at % copy.length] = to
        return copy
      })
    fc.assert(
      fc.property(fc.oneof(damaged, fc.uint8Array({ minLength: 1, maxLength: 200 })), (bytes) => {
        const buffer = Buffer.from(bytes)
        for (const read of [
          () => decodeRequest(buffer[0]!, buffer.subarray(1), receiver, 1),
          () => decodeReply(append, buffer),
        ]) {
          try {
            read()
          } catch (error) {
            expect(error).toBeInstanceOf(ProconsulError)
          }
        }
      }),
      { numRuns: 3000 },
    )
  })
})
