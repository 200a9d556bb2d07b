import { ProconsulError } from '../../../src/kernel/errors.ts'
import { ValueScanner } from '../../../src/wire/value-scanner.ts'
import { unseal } from '../encryption/seal.ts'
import { LenientReader } from '../serf/lenient-reader.ts'
import { ByteQueue } from './byte-queue.ts'
import { decompress } from './compress.ts'
import { GossipStreamError } from './errors.ts'
import type { Layers } from './layers.ts'
import { readPushPullHeader } from './push-pull.ts'
import { messageType } from './records.ts'
import { decodeBody, readUserHeader, type StreamBody } from './stream-body.ts'
import { boundBytes, frameHeaderBytes } from './stream-unit.ts'

/** Largest encrypted frame. */
const frameBytesMax = 20 * 2 ** 20
/** Largest body, also after decompression. */
const bodyBytesMax = 40 * 2 ** 20

/**
 * Reads what the other side of a stream says, in pieces as they arrive. Plain streams say nowhere how long they are, so the
 * records are followed one by one; each byte is looked at once before the whole is decoded.
 */
export class StreamReader {
  readonly #queue = new ByteQueue()
  readonly #steps: Generator<void, StreamBody>

  /** `labelled`: a label header comes first, as an acceptor expects it of a pool with a label. */
  constructor(layers: Layers, labelled: boolean) {
    this.#steps = readStream(this.#queue, layers, labelled)
  }

  /**
   * What the other side said, once it is complete. What follows it is ignored.
   *
   * @throws GossipStreamError
   */
  push(piece: Buffer): StreamBody | undefined {
    this.#queue.push(piece)
    const { done, value } = this.#steps.next()
    return done ? value : undefined
  }
}

function* readStream(queue: ByteQueue, layers: Layers, labelled: boolean): Generator<void, StreamBody> {
  if (labelled) yield* passLabel(queue, layers)
  while (queue.size === 0) yield
  const type = queue.view()[0]
  if (type === messageType.encrypt) return bodyOf(yield* openFrame(queue, layers))
  if (layers.keys.keys.length > 0 && layers.verifyIncoming) {
    throw new GossipStreamError('it is not encrypted, and this agent takes only what is', { tellPeer: true })
  }
  return bodyOf(yield* plainUnit(queue, type!))
}

/** Passes over the header of our label. A stream that bears another is closed without a word. */
function* passLabel(queue: ByteQueue, { label }: Layers): Generator<void, void> {
  const sizeBytes = Math.max(label.length, 1)
  while (queue.size < sizeBytes) {
    if (queue.size > 0 && !label.subarray(0, queue.size).equals(queue.view())) break
    yield
  }
  if (label.length === 0) {
    if (queue.view()[0] === messageType.hasLabel)
      throw new GossipStreamError('it bears a label, and this agent has none')
  } else if (!queue.take(sizeBytes).equals(label)) {
    throw new GossipStreamError('it bears another label than this agent')
  }
}

/** The plaintext of an encrypted unit. */
function* openFrame(queue: ByteQueue, layers: Layers): Generator<void, Buffer> {
  const { keys } = layers.keys
  if (keys.length === 0) throw new GossipStreamError('it is encrypted, and this agent has no key', { tellPeer: true })
  while (queue.size < frameHeaderBytes) yield
  const header = Buffer.from(queue.take(frameHeaderBytes))
  const sizeBytes = header.readUInt32BE(1)
  if (sizeBytes > frameBytesMax) {
    throw new GossipStreamError(`it has ${sizeBytes} bytes, more than ${frameBytesMax}`, { tellPeer: true })
  }
  while (queue.size < sizeBytes) yield
  const plain = unseal(queue.take(sizeBytes), keys, boundBytes(header, layers))
  if (plain === undefined) throw new GossipStreamError('none of the keys of this agent fits', { tellPeer: true })
  return plain
}

/** First bytes of what may be said without encryption. All of them are followed by a record. */
const plainTypes = new Set<number>([
  messageType.pushPull,
  messageType.user,
  messageType.ping,
  messageType.ack,
  messageType.error,
  messageType.compress,
])

/** A unit that is not encrypted. */
function* plainUnit(queue: ByteQueue, type: number): Generator<void, Buffer> {
  if (!plainTypes.has(type)) throw misplaced(type)
  const scan = new RecordScan()
  while (!scan.record(queue.view())) yield
  try {
    if (type === messageType.pushPull) {
      const { Nodes, UserStateLen } = readPushPullHeader(new LenientReader(queue.view(), 1))
      for (let left = Nodes; left > 0; left--) while (!scan.record(queue.view())) yield
      scan.at += UserStateLen
    } else if (type === messageType.user) {
      scan.at += readUserHeader(new LenientReader(queue.view(), 1))
    }
  } catch (error) {
    throw asStreamError(error)
  }
  while (queue.size < scan.at) yield
  return queue.take(scan.at)
}

/** Finds the ends of records that follow one another behind a type byte. */
class RecordScan {
  readonly #scanner = new ValueScanner((reason) => new GossipStreamError(`a record cannot be read: ${reason}`))
  /** How much of the bytes was passed over. */
  at = 1

  /** Passes over one record; false when it goes on behind these bytes, which the next call has to be given again. */
  record(bytes: Buffer): boolean {
    const end = this.#scanner.scan(bytes, this.at)
    this.at = end ?? bytes.length
    if (this.at > bodyBytesMax) throw new GossipStreamError(`it has more than ${bodyBytesMax} bytes`)
    return end !== undefined
  }
}

/** What a unit says, decompressed if need be. */
function bodyOf(unit: Buffer): StreamBody {
  try {
    const body = unit[0] === messageType.compress ? decompressed(unit) : unit
    const said = decodeBody(body)
    if (said === undefined) throw misplaced(body[0])
    return said
  } catch (error) {
    throw asStreamError(error)
  }
}

function decompressed(unit: Buffer): Buffer {
  try {
    return decompress(unit, bodyBytesMax)
  } catch (error) {
    throw asStreamError(error, true)
  }
}

function misplaced(type: number | undefined): GossipStreamError {
  return new GossipStreamError(`a message of type ${type} has no place in it`)
}

/** Errors of the codecs are the other side's; all others are ours. */
function asStreamError(error: unknown, tellPeer = false): unknown {
  if (error instanceof GossipStreamError || !(error instanceof ProconsulError)) return error
  return new GossipStreamError(error.message, { tellPeer, cause: error })
}
