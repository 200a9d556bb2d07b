import type { Socket } from 'node:net'
import type { InstallRequest } from '../core/messages.ts'
import { RaftWireError } from './errors.ts'
import { type Budget, FrameReader } from './frame-reader.ts'
import { Outbox } from './outbox.ts'
import type { Directory } from './wire-header.ts'
import { encodeRefusal, encodeReply, type Reply } from './wire-replies.ts'
import { decodeRequest, type Incoming, type Request, requestTypeMax } from './wire-requests.ts'

/** What an accepted connection needs of this server. */
export interface InboundSetup {
  readonly directory: Directory
  readonly budget: Budget
  /** A number that no other request of this server has. */
  nextToken(): number
  /** Why this server takes no requests from `from` now. */
  refusal(from: string): string | undefined
  /**
   * Gives a request to the core; `answer` is called once, with undefined for a request that has no reply.
   *
   * @returns why the request is refused; then there is no answer
   */
  step(request: Request, answer: (reply: Reply | undefined) => void): string | undefined
  /** Stores and steps a snapshot; a text is why it is refused. Must have read `chunks` to their end when it resolves. */
  install(request: InstallRequest, sizeBytes: number, chunks: AsyncIterable<Buffer>): Promise<Reply | string>
}

/**
 * Reads the requests of one connection and answers them, until it ends. Several may be under way; the answers keep their
 * order (protocol/servers.md §10).
 *
 * @param leads told who leads, with each heartbeat and each piece of the log: after a start, the log may come long before the first
 *   heartbeat
 * @throws what was wrong with the bytes, as a ProconsulError, or the socket's own error
 */
export async function serveConnection(socket: Socket, setup: InboundSetup, leads: (from: string) => void) {
  const reader = new FrameReader(socket, setup.budget)
  const outbox = new Outbox(socket)
  for (;;) {
    const type = await reader.byte()
    if (type === undefined) return
    if (type > requestTypeMax) throw new RaftWireError(`there is no request of type ${type}`)
    const incoming = decodeRequest(type, await reader.value(), setup.directory, setup.nextToken())
    const { request } = incoming
    if (request.type === 'install') {
      const chunks = reader.raw(incoming.sizeBytes)
      outbox.reserve().fill(await answerInstall(request, incoming, chunks, setup))
    } else {
      if (request.type === 'append') leads(request.from)
      answer(incoming, outbox, setup)
    }
    await outbox.room()
  }
}

function answer({ request, refusal }: Incoming, outbox: Outbox, setup: InboundSetup): void {
  const slot = outbox.reserve()
  const refused =
    refusal ??
    setup.refusal(request.from) ??
    setup.step(request, (reply) => slot.fill(encodeReply(request, reply, setup.directory.self)))
  if (refused !== undefined) slot.fill(encodeRefusal(refused))
}

/** A refused snapshot is read all the same: its sender listens to nothing before it has sent it all. */
async function answerInstall(
  request: InstallRequest,
  { refusal, sizeBytes }: Incoming,
  chunks: AsyncIterable<Buffer>,
  setup: InboundSetup,
): Promise<Buffer> {
  const refused = refusal ?? setup.refusal(request.from)
  if (refused !== undefined) {
    for await (const _ of chunks);
    return encodeRefusal(refused)
  }
  const reply = await setup.install(request, sizeBytes, chunks)
  return typeof reply === 'string' ? encodeRefusal(reply) : encodeReply(request, reply, setup.directory.self)
}
