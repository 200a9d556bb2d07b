import { once } from 'node:events'
import type { Socket } from 'node:net'
import type { Clock } from '../../../src/kernel/clock.ts'
import type { InstallRequest } from '../core/messages.ts'
import { dial } from './dial.ts'
import { PeerRefusedError, PeerUnreachableError } from './errors.ts'
import { raftByte } from './lane.ts'
import { ReplyReader } from './reply-reader.ts'
import type { Self } from './wire-header.ts'
import { decodeReply, type Reply } from './wire-replies.ts'
import { encodeRequest } from './wire-requests.ts'

/** A snapshot as the store has it. */
export interface SnapshotSource {
  readonly sizeBytes: number
  readonly chunks: AsyncIterable<Buffer>
}

export interface SendSnapshotSetup {
  readonly self: Self
  readonly address: string
  readonly localAddress: string | undefined
  readonly clock: Clock
  readonly signal: AbortSignal
}

/** An answer may take this long per so many bytes of the snapshot (protocol/servers.md §10.3). */
const answerWithin = { ms: 10_000, perBytes: 256 * 2 ** 10 } as const
const connectWithinMs = 10_000

/**
 * Sends a snapshot to a follower over a connection of its own, a chunk at a time as fast as the follower takes it, and
 * resolves with what the follower answers.
 *
 * @throws PeerUnreachableError, PeerRefusedError, RaftWireError, or what reading the snapshot threw
 */
export async function sendSnapshot(
  request: InstallRequest,
  source: SnapshotSource,
  { self, address, localAddress, clock, signal }: SendSnapshotSetup,
): Promise<Reply> {
  const reader = new ReplyReader()
  const answer = Promise.withResolvers<Buffer>()
  const connected = Promise.withResolvers<void>()
  const fail = (error: unknown) => {
    connected.reject(error)
    answer.reject(error)
    socket?.destroy()
  }
  const socket: Socket | undefined = dial(address, localAddress, {
    connected: () => connected.resolve(),
    data: (bytes) => {
      try {
        for (const complete of reader.push(bytes)) answer.resolve(complete)
      } catch (error) {
        fail(error)
      }
    },
    drained: () => {},
    ended: fail,
  })
  // Whoever fails first says so below; the other promise has nobody waiting then.
  answer.promise.catch(() => {})
  connected.promise.catch(() => {})
  if (socket === undefined) throw new PeerUnreachableError(address, 'it is no address')
  const aborted = () => fail(signal.reason)
  signal.addEventListener('abort', aborted, { once: true })
  const allowedMs = answerWithin.ms * Math.max(1, source.sizeBytes / answerWithin.perBytes)
  let cancel = clock.after(connectWithinMs, () => fail(new PeerUnreachableError(address, 'no connection in time')))
  try {
    await connected.promise
    cancel()
    cancel = clock.after(allowedMs, () => fail(new PeerUnreachableError(address, 'it did not take a snapshot in time')))
    socket.write(Buffer.concat([Buffer.of(raftByte), encodeRequest(request, self, source.sizeBytes)]))
    await pour(source.chunks, socket, answer.promise)
    const { reply, refusal } = decodeReply(request, await answer.promise)
    if (refusal !== undefined || reply === undefined) throw new PeerRefusedError(address, refusal ?? 'without a reason')
    return reply
  } finally {
    cancel()
    signal.removeEventListener('abort', aborted)
    socket.destroy()
  }
}

/** Writes no faster than the socket sends; ends early with what ends the connection. */
async function pour(chunks: AsyncIterable<Buffer>, socket: Socket, ended: Promise<unknown>): Promise<void> {
  for await (const chunk of chunks) {
    if (socket.write(chunk)) continue
    await Promise.race([once(socket, 'drain').catch(() => {}), ended])
    if (socket.destroyed) await ended
  }
}
