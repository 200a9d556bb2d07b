import type { Infer } from '../../../src/wire/schema.ts'
import { RaftWireError } from './errors.ts'
import type { PreVoteStruct } from './structs.ts'

/** Who a server is to the others: node UUID and `ip:port` of its server port. */
export interface Self {
  readonly id: string
  readonly address: string
}

/** How this server knows the others. */
export interface Directory {
  readonly self: Self
  /** Id of the server with this address: all that older peers say about themselves. */
  idOf(address: string): string | undefined
}

type Header = Pick<Infer<typeof PreVoteStruct>, 'ProtocolVersion' | 'ID' | 'Addr'>

const protocolVersion = 3
/** Raft's protocol before it knew ids; nothing older is spoken here either. */
const protocolVersionMin = 2

/** What every message of ours begins with. */
export function headerOf({ id, address }: Self): Header & { readonly ID: Buffer; readonly Addr: Buffer } {
  return { ProtocolVersion: protocolVersion, ID: Buffer.from(id), Addr: Buffer.from(address) }
}

/** The header of answers that Consul's servers leave empty (protocol/servers.md §10). */
export const noHeader: Header = { ProtocolVersion: 0, ID: null, Addr: null }

/** Whether a peer speaks a version that can be answered; the refusal is word for word Consul's. */
export function refusalOfVersion({ ProtocolVersion }: Header): string | undefined {
  const known = ProtocolVersion >= protocolVersionMin && ProtocolVersion <= protocolVersion
  return known ? undefined : 'operation not supported with current protocol version'
}

/**
 * Who sent a request: by the id in its header, by the address in header or body otherwise. A server that is not (yet) in
 * the membership known here goes by its address.
 *
 * @throws RaftWireError when it does not say
 */
export function senderOf({ ID, Addr }: Header, address: Buffer | null, directory: Directory): string {
  if (ID !== null) return ID.toString()
  const text = (address ?? Addr)?.toString()
  if (text === undefined) throw new RaftWireError('it does not say who sent it')
  return directory.idOf(text) ?? text
}

/** Terms and indexes beyond this cannot have been reached; they are refused before arithmetic on them goes wrong. */
const counterMax = 2 ** 52

/** @throws RaftWireError for a term, index or size that no cluster can have reached */
export function checkCounters(...values: number[]): void {
  for (const value of values) if (value > counterMax) throw new RaftWireError(`${value} is beyond any term or index`)
}
