import { MalformedMsgpackError } from '../../../src/wire/errors.ts'
import { writeMsgpack } from '../../../src/wire/msgpack-writer.ts'
import { type PushPull, type PushPullNode, type SwimState, swimStates } from '../core/messages.ts'
import { addressFromBytes } from '../serf/address-bytes.ts'
import { LenientReader } from '../serf/lenient-reader.ts'
import { addressField, versionsField, versionsOf } from './message.ts'
import { messageType, pushPullHeaderRecord, pushPullNodeRecord } from './records.ts'

/** More than any pool has; as the newest memberlist. */
export const pushPullNodesMax = 1 << 20
/** Largest state of the layer above, and largest message to it, in a stream. */
export const userBytesMax = 20 * 2 ** 20

const stateNumbers = Object.fromEntries(swimStates.map((state, number) => [state, number])) as Record<SwimState, number>

/** One side's view as it stands in a stream (protocol/gossip.md §4.5). */
export function encodePushPull({ join, nodes, userState }: PushPull): Buffer {
  const records = writeMsgpack((writer) => {
    writer.byte(messageType.pushPull)
    pushPullHeaderRecord.write(writer, { Nodes: nodes.length, UserStateLen: userState.length, Join: join })
    for (const node of nodes) {
      pushPullNodeRecord.write(writer, {
        Name: node.name,
        Addr: addressField(node.address),
        Port: node.port,
        Meta: node.meta,
        Incarnation: node.incarnation,
        State: stateNumbers[node.state],
        Vsn: versionsField(node.vsn),
      })
    }
  })
  return Buffer.concat([records, userState])
}

/** A view, and how many of its members could not be understood and are left out. */
export interface ReadPushPull {
  readonly pushPull: PushPull
  readonly droppedNodes: number
}

/**
 * Reads a whole push/pull. Members without a name, with an address that is none or with a state unknown to us are left out.
 *
 * @throws MalformedMsgpackError
 */
export function decodePushPull(body: Buffer): ReadPushPull {
  const reader = new LenientReader(body, 1)
  const { Nodes, UserStateLen, Join } = readPushPullHeader(reader)
  const nodes: PushPullNode[] = []
  for (let left = Nodes; left > 0; left--) {
    const { Name, Addr, Port, Meta, Incarnation, State, Vsn } = pushPullNodeRecord.read(reader)
    const address = addressFromBytes(Addr)
    const state = swimStates[State]
    if (Name === '' || address === undefined || state === undefined) continue
    const vsn = versionsOf(Vsn)
    nodes.push({ name: Name, address, port: Port, meta: Meta, incarnation: Incarnation, state, vsn })
  }
  if (body.length - reader.at < UserStateLen) reader.fail('the user state is cut short')
  const userState = Buffer.from(body.subarray(reader.at, reader.at + UserStateLen))
  return { pushPull: { join: Join, nodes, userState }, droppedNodes: Nodes - nodes.length }
}

/** The header of a push/pull, whose numbers are within their limits. @throws MalformedMsgpackError */
export function readPushPullHeader(reader: LenientReader): { Nodes: number; UserStateLen: number; Join: boolean } {
  const header = pushPullHeaderRecord.read(reader)
  if (header.Nodes < 0 || header.Nodes > pushPullNodesMax) reader.fail(`it has ${header.Nodes} members`)
  checkUserBytes(header.UserStateLen, reader)
  return header
}

/** @throws MalformedMsgpackError for a length beyond the limit */
export function checkUserBytes(sizeBytes: number, reader: LenientReader): void {
  if (sizeBytes >= 0 && sizeBytes <= userBytesMax) return
  throw new MalformedMsgpackError(`it announces ${sizeBytes} bytes for the layer above`, reader.at)
}
