import { MalformedMsgpackError } from '../../../src/wire/errors.ts'
import type { Infer } from '../../../src/wire/schema.ts'
import type { Member } from '../contract.ts'
import type { Endpoint } from '../core/messages.ts'
import { addressFromBytes, addressToBytes } from './address-bytes.ts'
import type { AskedQueries } from './asked-queries.ts'
import { internalQuery } from './internal-names.ts'
import { ConflictResponseRecord, type MemberRecord, serfType } from './records.ts'
import { decodeRecord, encodeRecord } from './wire.ts'

/** What this member knows of a name that two claim (protocol/gossip.md §9.8). */
export function encodeConflictAnswer(member: Member | undefined): Buffer {
  return encodeRecord(serfType.conflictResponse, ConflictResponseRecord, member ? recordOf(member) : null)
}

/** Counts who the others know by the name of this member. */
export class ConflictVote {
  readonly #own: Endpoint
  #answers = 0
  #matching = 0

  constructor(own: Endpoint) {
    this.#own = own
  }

  add(payload: Buffer): void {
    try {
      const record = decodeRecord(serfType.conflictResponse, ConflictResponseRecord, payload)
      if (record === undefined) return
      this.#answers++
      const address = record?.Addr ? addressFromBytes(record.Addr) : undefined
      if (address === this.#own.address && record?.Port === this.#own.port) this.#matching++
    } catch (error) {
      if (!(error instanceof MalformedMsgpackError)) throw error
    }
  }

  /** Whether most mean this member. When nobody answers it cannot be sure, and must go. */
  get isWon(): boolean {
    return this.#matching >= Math.trunc(this.#answers / 2) + 1
  }
}

/** Asks the others whom they know by this member's name; `settled` is told whether it is somebody else. */
export function resolveConflict(
  asked: AskedQueries,
  name: string,
  own: Endpoint,
  settled: (isLost: boolean) => void,
  now: number,
): void {
  const vote = new ConflictVote(own)
  const listener = {
    answer: (_: string, payload: Buffer) => vote.add(payload),
    done: () => settled(!vote.isWon),
  }
  asked.ask(internalQuery.conflict, Buffer.from(name), {}, listener, now)
}

function recordOf({ name, address, port, tags, status, protocol, delegate }: Member): Infer<typeof MemberRecord> {
  return {
    Name: name,
    Addr: addressToBytes(address) ?? null,
    Port: port,
    Tags: tags,
    Status: status,
    ProtocolMin: protocol.min,
    ProtocolMax: protocol.max,
    ProtocolCur: protocol.current,
    DelegateMin: delegate.min,
    DelegateMax: delegate.max,
    DelegateCur: delegate.current,
  }
}
